import type { Partly, SiteConfig } from "../schema.ts";
import { recoveryKinds } from "../words.ts";
import { type Findings, gather, problem, warning } from "./findings.ts";

/** A recovery target says one thing, and says it whole: half of one would end as the newest there is, DROP TABLE and all. */
export function checkRecovery({ recovery, site }: Partly<SiteConfig>): Findings {
  const target = recovery?.target;
  if (target?.kind === undefined) return gather([]);
  const { kind } = target;
  const findings: Findings[] = [];
  for (const other of recoveryKinds) {
    if (other === "latest") continue;
    const isGiven = target[other] !== undefined;
    if (other === kind && !isGiven) {
      findings.push(
        problem({
          path: `recovery.target.${other}`,
          what: `is missing, or cannot be used, and the recovery is to end there`,
          hint: `give it, or leave holdfast:recovery.target.kind out`,
        }),
      );
    }
    // A set may stand beside each of the others: the one to begin from.
    if (other !== kind && other !== "set" && isGiven) {
      findings.push(
        problem({
          path: `recovery.target.${other}`,
          what: `is given, but the recovery is to end at "${kind}"`,
          got: String(target[other]),
          allowed: `only ${kind === "latest" ? "set" : `${kind} and set`}`,
          hint: `set holdfast:recovery.target.kind to ${other}, or remove it`,
        }),
      );
    }
  }
  if (target.exclusive === true && kind !== "time" && kind !== "lsn") {
    findings.push(
      problem({
        path: "recovery.target.exclusive",
        what: `nothing can be left out at the end of a recovery to "${kind}"`,
        got: "true",
        allowed: "with kind time or lsn",
      }),
    );
  }
  if (kind !== "latest" && site !== undefined && site.handover === undefined) {
    findings.push(
      warning({
        path: "recovery.target.kind",
        what: "the recovery that it is for is over, or has no handover: the next takeover of an epoch would end there",
        got: kind,
        hint: "remove holdfast:recovery.target",
      }),
    );
  }
  return gather(findings);
}
