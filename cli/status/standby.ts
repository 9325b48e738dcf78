import { type Site, sites } from "../../contract/stack.ts";
import type { ObservingPorts, Places } from "../../drill/adapters/index.ts";
import { newestFits, passphraseIsThere, type Readiness, type StandbyView } from "../../drill/dr-ready.ts";
import type { EpochRecord } from "../../drill/ports/third-place.ts";
import { questionMs, see } from "./see.ts";
import type { RepositoryStatus, SiteStatus, StandbyStatus, StatusReport } from "./types.ts";

type Reason = StandbyStatus["reasons"][number];
/** Null where it is as it should be; `holds: null` where nobody could tell. */
type Answer = (Reason & { readonly holds: false | null }) | null;

/**
 * Could the site that does not serve take over now? The same questions as a drill's gate asks (drill/dr-ready.ts), and
 * whether its stack is there at all. None of them changes anything.
 *
 * @param handover what the standby's committed stack file names; undefined where nobody read it
 */
export async function standbyStatus(
  { kube }: Pick<ObservingPorts, "kube">,
  places: Pick<Places, "sites">,
  known: {
    readonly record: EpochRecord;
    readonly sites: readonly SiteStatus[];
    readonly offsite: RepositoryStatus | undefined;
    readonly handover: number | null | undefined;
  },
): Promise<StandbyStatus> {
  const { record, offsite } = known;
  const active = record.holder;
  const standby = sites.find((site) => site !== active) ?? "dr";
  const { namespace, context, pod } = places.sites[standby];
  const handover = known.handover ?? null;
  const told = (answers: readonly Answer[]): StandbyStatus => {
    const reasons = answers.filter((answer) => answer !== null);
    return {
      site: standby,
      state:
        reasons.length === 0
          ? "armed"
          : reasons.some(({ holds }) => holds === false)
            ? "notArmed"
            : "unknown",
      reasons: reasons.map(({ reason, todo }) => ({ reason, todo })),
      handover: known.handover === undefined ? null : { named: handover, present: record.epoch },
    };
  };

  const api = known.sites.find(({ site }) => site === standby)?.api;
  if (api?.reachable !== true)
    return told([unknown(`its cluster does not answer: ${api?.detail ?? ""}`, lookAt(context))]);
  // As the pod is called, without its number.
  const name = pod.pod.replace(/-\d+$/, "");
  const set = await see((signal) => kube(standby).get("apps/v1/StatefulSet", namespace, name, signal));
  if ("error" in set) return told([unknown(set.error, lookAt(context))]);
  if (set.value === null)
    return told([
      {
        holds: false,
        reason: `its stack was never brought up, or not to the end: there is no StatefulSet ${name} in namespace ${namespace}`,
        todo: `pulumi up --stack ${standby}`,
      },
    ]);

  const view: StandbyView = {
    standby,
    active,
    kube,
    namespaces: { primary: places.sites.primary.namespace, dr: places.sites.dr.namespace },
    signal: AbortSignal.timeout(questionMs),
  };
  const activeAnswers = known.sites.find(({ site }) => site === active)?.api.reachable === true;
  return told([
    activeAnswers
      ? await ask(() => passphraseIsThere(view), context)
      : unknown(
          `whether it has the repository's passphrase cannot be compared while ${active} does not answer`,
          `compare it with the copy in escrow`,
        ),
    offsite === undefined || offsite.via === null || offsite.status === "no answer"
      ? unknown("the newest set, which it would restore, is not known", "see the repository's own line")
      : await ask(() => newestFits(view, offsite.newestSet ?? undefined), context),
    staleHandover(standby, handover, record.epoch),
  ]);
}

async function ask(question: () => Promise<Readiness>, context: string): Promise<Answer> {
  const seen = await see(question);
  if ("error" in seen) return unknown(seen.error, lookAt(context));
  const { holds, detail, todo } = seen.value;
  return holds ? null : { holds: false, reason: detail, todo: todo ?? lookAt(context) };
}

/** An older epoch is refused by `Term` on the day; none is a second value to write, and not wrong (docs/pipelines.md). */
function staleHandover(standby: Site, named: number | null, present: number): Answer {
  if (named === null || named === present) return null;
  return {
    holds: false,
    reason: `its stack file names epoch ${named} as handover, and the present one is ${present}`,
    todo: `pulumi config set --path 'holdfast:site.handover' ${present} --stack ${standby}, and merge it`,
  };
}

const unknown = (reason: string, todo: string): Answer => ({ holds: null, reason, todo });

const lookAt = (context: string): string =>
  `see whether its API server answers: kubectl --context ${context} get nodes`;

/** What a person must do about it; where a site or the repository does not answer that is said elsewhere. */
export function standbyProblems(report: Omit<StatusReport, "problems">): readonly string[] {
  const { standby } = report;
  if (standby === null || standby.state === "armed") return [];
  const { site, state, reasons } = standby;
  const offsite = report.repositories.find(({ repository }) => repository === "offsite");
  const isSaid = report.sites.some(({ api }) => !api.reachable) || offsite?.status !== "ok";
  if (state === "unknown" && isSaid) return [];
  const what = state === "unknown" ? `nobody can tell whether ${site} is armed` : `${site} is not armed`;
  return reasons.map(({ reason, todo }) => `${what}: ${reason}; ${todo}`);
}

/** One line below the site's own. */
export function standbyLine({ state, reasons, handover }: StandbyStatus): string {
  if (state !== "armed") {
    const words = reasons.map(({ reason, todo }) => `${reason}; ${todo}`).join(". ");
    return `${state === "unknown" ? "nobody can tell whether it is armed" : "not armed"}: ${words}`;
  }
  if (handover === null) return "armed";
  return handover.named === null
    ? `armed; its stack file names no handover: a promotion writes epoch ${handover.present} there too`
    : `armed; its stack file names epoch ${handover.present} as handover`;
}
