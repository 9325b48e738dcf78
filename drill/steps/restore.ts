import { diagnoseText } from "../diagnose.ts";
import { FindingError } from "../findings.ts";
import { sqlInDatabase, valueInDatabase } from "../in-pod.ts";
import { PortError } from "../ports/port-error.ts";
import { type StewardPhase, type StewardStatus, stewardPhases } from "../ports/steward.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { type Proof, proof, type Step, type StepContext } from "../step.ts";
import { done, notYet } from "../until.ts";
import { missingSegments, parseHistory, parseLsn, segmentStart } from "../wal.ts";
import { archivedSegments } from "./archived.ts";

/** Looks on while dr's database restores, replays and promotes; then proves from its data what it is. */
export function restoreStep(options: SiteLossOptions): Step {
  return {
    id: "restore",
    title: "Restore: backup set, WAL and promotion, proved from the data",
    timeout: "activate",
    expectedMs: 25_000,
    evidence: ["recovery.json"],
    async run(context) {
      const watch = watchSteward(options.stuckMs);
      const { fallbacks } = await context.until(
        "dr's database to be promoted",
        async (signal) => {
          const status = await context.ports.steward.status("dr", signal);
          const failure = watch.look(context, status);
          if (failure !== null) throw new FindingError(diagnoseText(failure));
          if (status === null) return notYet("no database pod yet");
          if (!isAfter(status.phase, "promote"))
            return notYet(`${status.phase} ${status.error ?? ""}`.trim());
          const recovering = await valueInDatabase(
            context,
            "dr",
            options.database,
            "select pg_is_in_recovery()",
          );
          return recovering === "f" ? done(status) : notYet("in recovery");
        },
        { timeout: "activate", everyMs: 300 },
      );
      for (const { set, reason } of fallbacks)
        context.finding({ id: "BACKUP_SET_DAMAGED", what: `${set} could not be restored: ${reason}` });
      await readRecovery(context, options);
    },
    verify: async (context) => proveRecovery(context),
  };
}

function isAfter(phase: StewardPhase, mark: StewardPhase): boolean {
  return stewardPhases.indexOf(phase) > stewardPhases.indexOf(mark);
}

/** Progress out of the pod's status; the error it stands still on, once it has stood long enough. */
export function watchSteward(stuckMs: number): {
  look(context: StepContext, status: StewardStatus | null): string | null;
} {
  let shown = "";
  let furthest = -1;
  let errorSinceMs: number | null = null;
  return {
    look(context, status) {
      if (status === null) return null;
      const now = context.ports.clock.monotonic();
      const last = status.phases.at(-1);
      if (status.phase !== shown) {
        shown = status.phase;
        context.progress("database", status.phase, last?.startedAtMs);
      }
      const index = stewardPhases.indexOf(status.phase);
      // A refusing container starts again from "waiting": only getting further than before clears the error.
      if (index > furthest) {
        furthest = index;
        errorSinceMs = null;
      }
      if (status.error === null) return null;
      errorSinceMs ??= now;
      return now - errorSinceMs >= stuckMs ? status.error : null;
    },
  };
}

async function readRecovery(context: StepContext, options: SiteLossOptions): Promise<void> {
  const { clock } = context.ports;
  const writableAtMs = clock.now();
  const [row] = await sqlInDatabase(
    context,
    "dr",
    options.database,
    "select system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8) from pg_control_system()",
  );
  const [systemIdentifier = "", hexTimeline = ""] = row ?? [];
  const text = await readServerFile(context, options, `pg_wal/${hexTimeline}.history`);
  const history = parseHistory(text);
  if (history === null) throw new PortError("pg_wal", `${hexTimeline}.history says nothing: ${text}`);
  const recovery = {
    systemIdentifier,
    timeline: Number.parseInt(hexTimeline, 16),
    parentTimeline: history.parent,
    recoveredLsn: history.switchedAt,
    writableAtMs,
  };
  context.set("recovery", recovery);
  const label = await readServerFile(context, options, "backup_label.old").catch((error: unknown) => {
    if (error instanceof PortError) return ""; // not there: then no set was restored, and the verdict has none
    throw error;
  });
  context.evidence(
    "recovery.json",
    `${JSON.stringify({ ...recovery, history: text, backupLabel: label }, null, 2)}\n`,
  );
  await readBackupSet(context, label);
}

async function readServerFile(context: StepContext, options: SiteLossOptions, path: string): Promise<string> {
  const rows = await sqlInDatabase(context, "dr", options.database, `select pg_read_file('${path}')`);
  return rows.map((row) => row.join(" ")).join("\n");
}

/** Which set it was, by the position where the restored data say their backup began. */
async function readBackupSet(context: StepContext, label: string): Promise<void> {
  const start = /START WAL LOCATION: ([0-9A-F]+\/[0-9A-F]+)/.exec(label)?.[1];
  if (start === undefined) return;
  const info = await context.ports.repository.info(
    { repository: "offsite", epoch: context.need("epochBefore"), via: "dr" },
    context.signal,
  );
  const set = info.sets.find(({ lsnStart }) => parseLsn(lsnStart) === parseLsn(start));
  if (set === undefined) return;
  const { recoveredLsn } = context.need("recovery");
  context.set("moved", {
    databaseBytes: set.databaseBytes,
    repositoryBytes: set.repositoryBytes,
    walBytes: Math.max(0, Number(parseLsn(recoveredLsn) - parseLsn(set.lsnStart))),
  });
  context.set("backupSet", {
    label: set.label,
    type: set.type,
    repository: "offsite",
    stoppedAt: new Date(set.stoppedAtMs).toISOString(),
  });
}

async function proveRecovery(context: StepContext): Promise<readonly Proof[]> {
  const recovery = context.need("recovery");
  const wanted = context.need("systemIdentifier");
  const same = recovery.systemIdentifier === wanted;
  context.check("integrity", "system-identifier", same ? "met" : "missed", recovery.systemIdentifier);
  if (!same)
    throw new FindingError({
      id: "SYSTEM_IDENTIFIER_DIFFERS",
      what: `${recovery.systemIdentifier} instead of ${wanted}`,
    });
  const pinned = context.need("lastAck").timeline;
  const onTimeline = recovery.parentTimeline === pinned;
  context.check(
    "integrity",
    "timeline-pinned",
    onTimeline ? "met" : "missed",
    `recovered on ${recovery.parentTimeline}, acknowledged on ${pinned}, now on ${recovery.timeline}`,
  );
  await checkArchiveEnd(context);
  return [
    proof("same system", same, recovery.systemIdentifier),
    proof("same timeline as the last acknowledged row", onTimeline, `${recovery.parentTimeline}`),
    proof(
      "a backup set was restored",
      context.peek("backupSet") !== null,
      context.peek("backupSet")?.label ?? "none of the repository fits backup_label",
    ),
  ];
}

/**
 * Did replay reach the end of what was archived? If not the run goes on: the
 * business is back with less than it could have had, and RPO and verdict say so.
 */
async function checkArchiveEnd(context: StepContext): Promise<void> {
  const { recoveredLsn, parentTimeline } = context.need("recovery");
  const epoch = context.need("epochBefore");
  // In a rehearsal the primary archives on: what it stored after T0 does not count.
  const storedByMs = context.peek("t0")?.asOfMs;
  const newest = await context.ports.repository.newestSegment(epoch, context.signal, storedByMs);
  const id = "recovered-to-archive-end";
  if (newest === null) return context.check("integrity", id, "notJudged", "the archive could not be listed");
  context.set("newestArchived", newest);
  const reached = parseLsn(recoveredLsn) >= segmentStart(newest.segment);
  context.check(
    "integrity",
    id,
    reached ? "met" : "missed",
    `recovered to ${recoveredLsn}, newest archived segment ${newest.segment}`,
  );
  if (reached) return;
  const archived = (await archivedSegments(context, epoch)).map(({ segment }) => segment);
  const missing = missingSegments(archived, parentTimeline);
  context.finding(
    missing.length > 0
      ? {
          id: "WAL_MISSING",
          what: `${missing.slice(0, 3).join(", ")} not in the archive: recovery ended at ${recoveredLsn}`,
        }
      : { id: "RECOVERY_ENDED_EARLY", what: `at ${recoveredLsn}, though ${newest.segment} is archived` },
  );
}
