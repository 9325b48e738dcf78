import { UserError } from "../../errors/user-error.ts";
import { changeConfig } from "../config-copy.ts";
import { diagnoseText } from "../diagnose.ts";
import { FindingError } from "../findings.ts";
import { contractOf, valueInDatabase } from "../in-pod.ts";
import { StepFailed } from "../outcome.ts";
import { PortError } from "../ports/port-error.ts";
import { afterRecovery, type RecoverOptions, recoveryChanges, requestInWords } from "../recovery.ts";
import { upEvidence, upStack } from "../stack-up.ts";
import { proof, proved, type Step, type StepContext } from "../step.ts";
import { done, notYet } from "../until.ts";
import { watchSteward } from "./restore.ts";

/** Steps of `holdfast recover`. Nothing is touched before the lease is held and the epoch is still the confirmed one. */

/** Under the lease: what the person saw and confirmed must still be so. */
export function confirmedStep({ site, epoch }: RecoverOptions): Step {
  return {
    id: "confirmed",
    title: `${site} is still active in epoch ${epoch}`,
    timeout: "preflight",
    expectedMs: 2_000,
    evidence: [],
    async run(context) {
      const { ports, signal } = context;
      const record = await ports.epoch.read(signal);
      if (record?.holder !== site || record.epoch !== epoch) {
        throw new UserError("EPOCH_DISAGREES", {
          what: "the epoch is another one than was confirmed",
          got: record === null ? "no epoch object" : `epoch ${record.epoch} of ${record.holder}`,
          allowed: `epoch ${epoch} of ${site}`,
          hint: "look at holdfast status, then recover again",
        });
      }
      const contract = await ports.pulumi.outputs(site, signal);
      if (contract === null) throw new StepFailed(`stack ${site} gives no contract`);
      context.set(site === "primary" ? "primaryContract" : "drContract", contract);
      context.set("epochBefore", epoch);
    },
    verify: async (context) => [
      proof(
        "the stack is the active one's",
        contractOf(context, site).role === "active",
        `role ${contractOf(context, site).role}`,
      ),
    ],
  };
}

/** So that everything until now stays recoverable: who chose the wrong time can choose another one. */
export function lastWalStep({ site, epoch }: RecoverOptions): Step {
  let last = "";
  return {
    id: "last-wal",
    title: "Everything until now is in the offsite archive",
    timeout: "wal",
    expectedMs: 5_000,
    evidence: [],
    async precondition(context) {
      try {
        last = await valueInDatabase(
          context,
          site,
          "postgres",
          "select pg_walfile_name(pg_current_wal_insert_lsn()) from pg_switch_wal()",
        );
        return { applies: true };
      } catch (error) {
        // A database that is down is a reason to recover it; then what it has archived is what there is.
        if (error instanceof PortError)
          return { applies: false, reason: `no database answers: ${error.message}` };
        throw error;
      }
    },
    async run(context) {
      const newest = await context.until(
        `${last} in the offsite archive`,
        async (signal) => {
          const found = await context.ports.repository.newestSegment(epoch, signal);
          // The switch began a new segment: the one before it is the last with anything in it.
          const isThere = found !== null && found.segment.slice(8) >= before(last).slice(8);
          return isThere ? done(found) : notYet(found?.segment ?? "an empty archive");
        },
        { timeout: "wal" },
      );
      context.set("newestArchived", newest);
    },
    verify: async (context) => [proved("archived", context.need("newestArchived").segment)],
  };
}

/** The segment before, of the same timeline; names count in hexadecimal, 256 segments of 16 MB a log. */
function before(segment: string): string {
  const log = Number.parseInt(segment.slice(8, 16), 16);
  const part = Number.parseInt(segment.slice(16, 24), 16);
  const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, "0");
  const [l, p] = part > 0 ? [log, part - 1] : [Math.max(0, log - 1), 0xff];
  return `${segment.slice(0, 8)}${hex(l)}${hex(p)}`;
}

/** The destructive step: one `up` of the active site's stack. */
export function goBackStep(options: RecoverOptions): Step {
  const { site, epoch, sourceEpoch, request } = options;
  return {
    id: "recover",
    title: `Recover: one pulumi up of ${site}, back to ${requestInWords(request)}`,
    timeout: "activate",
    expectedMs: 60_000,
    evidence: [upEvidence(site, "recover")],
    async run(context) {
      await upStack(context, {
        stack: site,
        purpose: "recover",
        refresh: false,
        changes: [
          { path: ["holdfast:site", "role"], value: "active" },
          { path: ["holdfast:site", "handover"], value: epoch },
          { path: ["holdfast:recovery", "run"], value: context.run.id },
          ...recoveryChanges(request, sourceEpoch),
        ],
      });
    },
    async verify(context) {
      const record = await context.ports.epoch.read(context.signal);
      if (record?.holder === site) context.set("epochAfter", record.epoch);
      return [
        proof(
          `${site} holds the next epoch`,
          record?.holder === site && record.epoch === epoch + 1,
          `epoch ${record?.epoch} is ${record?.holder}'s`,
        ),
      ];
    },
  };
}

/** Beside the `up`: the pod's own progress, and its refusal at once instead of a time-out. */
export function watchRecoveryStep(options: RecoverOptions): Step {
  const { site, epoch } = options;
  return {
    id: "watch",
    title: "The database is restored, recovered to the target and promoted",
    timeout: "activate",
    expectedMs: 45_000,
    evidence: ["recovery.json"],
    async run(context) {
      const watch = watchSteward(options.stuckMs);
      const status = await context.until(
        "the database to serve in the new epoch",
        async (signal) => {
          const seen = await context.ports.steward.status(site, signal);
          if (seen === null || seen.epoch <= epoch)
            return notYet(seen === null ? "no database pod" : `the pod of epoch ${seen.epoch}`);
          const failure = watch.look(context, seen);
          if (failure !== null) throw new FindingError(diagnoseText(failure));
          return seen.phase === "ready" ? done(seen) : notYet(`${seen.phase} ${seen.error ?? ""}`.trim());
        },
        { timeout: "activate", everyMs: 300 },
      );
      for (const { set, reason } of status.fallbacks)
        context.finding({ id: "BACKUP_SET_DAMAGED", what: `${set} could not be restored: ${reason}` });
      const { timeline, recoveredLsn, backupSet } = status;
      context.set("recoveredTo", { epoch: status.epoch, timeline, recoveredLsn, backupSet });
      context.evidence("recovery.json", `${JSON.stringify(status, null, 2)}\n`);
    },
    async verify(context) {
      const { epoch: now, timeline, recoveredLsn, backupSet } = context.need("recoveredTo");
      const recovering = await valueInDatabase(context, site, "postgres", "select pg_is_in_recovery()");
      return [
        proof("it takes writes", recovering === "f", `epoch ${now}, timeline ${timeline}`),
        proved("where it is", `set ${backupSet}, recovered to ${recoveredLsn}`),
      ];
    },
  };
}

/** The steward makes it by itself; here it is waited for, because until then a loss would need the old epoch's sets. */
export function protectRecoveredStep({ site, epoch }: RecoverOptions): Step {
  return {
    id: "protect",
    title: "A full backup of the new epoch is offsite",
    timeout: "protect",
    expectedMs: 20_000,
    evidence: [],
    async run(context) {
      const set = await context.until(
        "the first full backup of the new epoch",
        async (signal) => {
          const info = await context.ports.repository.info(
            { repository: "offsite", epoch: epoch + 1, via: site },
            signal,
          );
          const full = info.sets.findLast(({ type, error }) => type === "full" && !error);
          return full === undefined ? notYet(info.status.message) : done(full);
        },
        { timeout: "protect", everyMs: 2_000 },
      );
      context.set("protectedBy", { label: set.label, epoch: epoch + 1 });
    },
    verify: async (context) => [proved("the new epoch is restorable", context.need("protectedBy").label)],
  };
}

/** What is left to do in the committed file. Usually nothing: a plain `up` of it finds its site's own epoch. */
export function patchStep({ site }: RecoverOptions): Step {
  return {
    id: "patch",
    title: "The patch for the committed stack file is written down",
    timeout: "leave",
    expectedMs: 200,
    evidence: ["next.txt"],
    async run(context) {
      const committed = await context.ports.pulumi.committedConfig(site);
      const patch = linesPatch(
        `Pulumi.${site}.yaml`,
        changeConfig(committed, []),
        changeConfig(committed, afterRecovery),
      );
      context.evidence("next.txt", `${nextWords(context, site, patch)}\n`);
      for (const line of nextWords(context, site, patch).split("\n")) context.progress("next", line);
    },
    verify: async () => [proved("written down", "evidence/next.txt")],
  };
}

function nextWords(context: StepContext, site: string, patch: string): string {
  const { epoch } = context.need("recoveredTo");
  const head = `${site} serves in epoch ${epoch}; what it left lies in epoch ${context.need("epochBefore")}'s path of the repository.`;
  return patch === ""
    ? `${head}\nPulumi.${site}.yaml needs no change: an up of it keeps epoch ${epoch}.`
    : `${head}\nMerge this before the next up:\n${patch}`;
}

/** A unified patch of lines that were only taken away, each with a line of context. */
function linesPatch(name: string, before: string, after: string): string {
  const [old, kept] = [before.split("\n"), after.split("\n")];
  const hunks: string[] = [];
  let at = 0;
  for (let index = 0; index < old.length; index++) {
    if (old[index] === kept[at]) {
      at += 1;
      continue;
    }
    const from = index;
    while (index < old.length && old[index] !== kept[at]) index += 1;
    const removed = old.slice(from, index).map((line) => `-${line}`);
    hunks.push(`@@ -${from},${removed.length + 1} +${at},1 @@`, ` ${old[from - 1] ?? ""}`, ...removed);
    at += 1;
  }
  return hunks.length === 0 ? "" : [`--- a/${name}`, `+++ b/${name}`, ...hunks].join("\n");
}
