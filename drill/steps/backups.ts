import { backUp } from "../backup-job.ts";
import { valueInDatabase } from "../in-pod.ts";
import { accountsPerScale } from "../pgbench.ts";
import type { BackupSetInfo } from "../ports/repository.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proof, type Step, type StepContext } from "../step.ts";
import { done, notYet } from "../until.ts";
import { segmentsBetween } from "../wal.ts";

/** A chain that a restore must follow: full, then differential, then incremental. */
export function backupsStep(): Step {
  return {
    id: "backups",
    title: "Backups: full, differential and incremental in the offsite repository",
    timeout: "backup",
    expectedMs: 40_000,
    evidence: ["chain.json"],
    async run(context) {
      const epoch = context.need("epochBefore");
      const make = (type: "full" | "diff" | "incr") =>
        backUp(context, { site: "primary", type, epoch, timeout: "backup" });
      const full = await make("full");
      const diff = await make("diff");
      const incr = await make("incr");
      context.set("chain", { full: full.label, diff: diff.label, incr: incr.label, walStop: incr.walStop });
      context.evidence("chain.json", `${JSON.stringify([full, diff, incr], null, 2)}\n`);
    },
    async verify(context) {
      const chain = context.need("chain");
      const info = await context.ports.repository.info(
        { repository: "offsite", epoch: context.need("epochBefore"), via: "primary" },
        context.signal,
      );
      const incr = info.sets.find(({ label }) => label === chain.incr);
      return [
        proof("repository is ok", info.status.code === 0, info.status.message),
        proof("incremental is in the repository", incr !== undefined && !incr.error, chain.incr),
        proof(
          "it hangs on a full one",
          hangsOnFull(incr, info.sets),
          incr?.references.join(", ") ?? "no set",
        ),
      ];
    },
  };
}

/**
 * A full set under it, there and without errors. Not by the label of this run's own
 * job: the stack's schedule may have made another full one in between.
 */
function hangsOnFull(incr: BackupSetInfo | undefined, sets: readonly BackupSetInfo[]): boolean {
  return sets.some(({ label, type, error }) => type === "full" && !error && incr?.references.includes(label));
}

/** Enough WAL after the last set that replay is part of what is measured. */
export function walStep(options: SiteLossOptions): Step {
  return {
    id: "wal",
    title: `WAL: ${options.segmentsAfterBackup} segments after the last backup, archived offsite`,
    timeout: "wal",
    expectedMs: 15_000,
    evidence: [],
    async run(context) {
      const { walStop } = context.need("chain");
      const batches = Math.ceil((options.pgbenchScale * accountsPerScale) / batchOfAccounts);
      let batch = 0;
      // A checkpoint first: then each page's first change writes the whole page, and WAL grows fast.
      await valueInDatabase(context, "primary", options.database, "checkpoint; select 1");
      await context.until(
        `${options.segmentsAfterBackup} segments of WAL`,
        async () => {
          const now = await currentSegment(context, options);
          const made = segmentsBetween(walStop, now);
          if (made > options.segmentsAfterBackup) return done(now);
          await valueInDatabase(context, "primary", options.database, touchPages(batch++ % batches));
          return notYet(`${made} segments`);
        },
        { timeout: "wal", everyMs: 50 },
      );
    },
    async verify(context) {
      const { walStop } = context.need("chain");
      const epoch = context.need("epochBefore");
      const found = await context.until(
        "the segments to be in the offsite repository",
        async (signal) => {
          const newest = await context.ports.repository.newestSegment(epoch, signal);
          if (newest === null) return notYet("nothing archived");
          const segments = segmentsBetween(walStop, newest.segment);
          return segments >= options.segmentsAfterBackup
            ? done({ segments, newest: newest.segment })
            : notYet(`${segments} archived`);
        },
        { timeout: "wal" },
      );
      context.set("walAfterBackup", found);
      return [proof("segments are archived offsite", true, `${found.segments}, the newest ${found.newest}`)];
    },
  };
}

/** About two and a half segments: a page holds some 60 accounts, two of which are changed. */
const batchOfAccounts = 300_000;

function touchPages(batch: number): string {
  const first = batch * batchOfAccounts;
  return `with touched as (update pgbench_accounts set abalance = abalance + 1
    where aid > ${first} and aid <= ${first + batchOfAccounts} and aid % 30 = 0 returning 1) select count(*) from touched`;
}

function currentSegment(context: StepContext, options: SiteLossOptions): Promise<string> {
  return valueInDatabase(
    context,
    "primary",
    options.database,
    "select pg_walfile_name(pg_current_wal_lsn())",
  );
}
