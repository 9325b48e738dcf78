// The scheduled jobs that are no backups, on the running lab's active site: each started once from its CronJob, and
// what it left behind read from the third place with keys that only read. Does not wait for a schedule's own time:
// tests/faults/schedules.test.ts does.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type JobKind, type JobRecord, jobRecordKey, jobRecordSchema } from "../../contract/job-record.ts";
import type { SiteName } from "../../lab/net/addresses.ts";
import { type Kubectl, kubectlFor } from "./support/namespace.ts";
import { openRecords } from "./support/records.ts";
import { activeSite, setsOf } from "./support/site-metrics.ts";

const testNamespace = "holdfast-restore-test";
let site: SiteName;
let kubectl: Kubectl;
let tests: Kubectl;
const records = openRecords();

beforeAll(async () => {
  ({ site, kubectl } = await activeSite());
  tests = kubectlFor(site, testNamespace);
});
afterAll(() => records.close());

const namespaceOf = (kind: JobKind): Kubectl => (kind === "restore-test" ? tests : kubectl);

type Repository = "offsite" | "site";

interface Ended {
  readonly succeeded: boolean;
  readonly log: string;
  readonly newest: JobRecord;
}

/** As `runJob`; again where a backup of the schedule held the lock, because one that was skipped shows nothing. */
async function runOnce(...what: Parameters<typeof runJob>): Promise<Ended> {
  for (let tries = 1; ; tries++) {
    const ended = await runJob(...what);
    if (ended.newest.outcome !== "skipped" || tries === 5) return ended;
    await sleep(20_000);
  }
}

/** One run of the CronJob's own job, changed where a test wants it to go wrong; its end and its record. */
async function runJob(
  kind: JobKind,
  change: (job: Job) => Job = (job) => job,
  repository: Repository = "offsite",
): Promise<Ended> {
  const run = namespaceOf(kind);
  const cronJob = JSON.parse(
    await run(["get", "cronjob", `backup-${repository}-${kind}`, "-o", "json"]),
  ) as CronJob;
  const name = `test-${kind}-${Date.now().toString(36)}`;
  const job = change({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: cronJob.spec.jobTemplate.spec,
  });
  const startedAtMs = Date.now();
  await run(["create", "-f", "-"], job);
  try {
    for (;;) {
      const types = await run(["get", "job", name, "-o", "jsonpath={.status.conditions[*].type}"]);
      const ended = /\b(Complete|Failed)\b/.exec(types);
      if (ended !== null) {
        const log = await run(["logs", `job/${name}`]);
        const newest = await record(kind, "newest", repository);
        if (newest === null || newest.startedAtMs < startedAtMs - 5_000)
          throw new Error(`${name} left no record:\n${log}`);
        return { succeeded: ended[1] === "Complete", log, newest };
      }
      if (Date.now() - startedAtMs > 900_000) throw new Error(`${name} does not end: ${types}`);
      await sleep(1_000);
    }
  } finally {
    await run(["delete", "job", name, "--cascade=foreground", "--timeout=300s"]);
  }
}

interface Job {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: JobSpec;
}
interface JobSpec {
  readonly template: { readonly spec: { readonly containers: readonly Container[] } };
}
interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
}
interface CronJob {
  readonly spec: { readonly jobTemplate: { readonly spec: JobSpec } };
}

function withEnvironment(job: Job, changes: Readonly<Record<string, string>>): Job {
  const { spec } = job;
  const containers = spec.template.spec.containers.map((container) => ({
    ...container,
    env: container.env.map(({ name, value }) => ({ name, value: changes[name] ?? value })),
  }));
  return {
    ...job,
    spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } },
  };
}

async function record(
  kind: JobKind,
  which: "newest" | "success",
  repository: Repository = "offsite",
): Promise<JobRecord | null> {
  const text = await records.read(jobRecordKey({ site, repository, kind }, which));
  return text === null ? null : jobRecordSchema.parse(JSON.parse(text));
}

test("a backup leaves a set with annotations, and its record says what the repository says", async () => {
  const before = (await setsOf(kubectl, "offsite")).map(({ label }) => label);
  const { succeeded, newest, log } = await runOnce("incr");
  expect(succeeded, log).toBe(true);
  // By its label: one of the schedule may have been made since.
  const set = (await setsOf(kubectl, "offsite")).find(({ label }) => label === newest.label);
  expect(before).not.toContain(newest.label);
  expect(newest).toMatchObject({
    outcome: "done",
    kind: "incr",
    label: set?.label ?? "a set that the repository lists",
    bytes: set?.info.repository.delta,
  });
  expect(set?.annotation).toMatchObject({ site, max_connections: expect.stringMatching(/^\d+$/) });
  expect(await record("incr", "success")).toEqual(newest);
});

test("a verify reads all that is stored", async () => {
  const { succeeded, newest, log } = await runOnce("verify");
  expect(succeeded, log).toBe(true);
  expect(newest).toMatchObject({
    outcome: "done",
    detail: { missing: 0, checksumInvalid: 0, invalidSets: [] },
  });
  expect(newest.detail.checked).toBeGreaterThan(900);
});

describe("a restore test", () => {
  test("restores, starts and reads a copy, and leaves none of it behind", async () => {
    const newestSet = async () => (await setsOf(kubectl, "offsite")).at(-1)?.label;
    const before = await newestSet();
    const { succeeded, newest, log } = await runOnce("restore-test");
    expect(succeeded, log).toBe(true);
    // One and the same, unless the schedule made another meanwhile.
    expect([before, await newestSet()]).toContain(newest.label);
    expect(newest).toMatchObject({
      outcome: "done",
      label: expect.any(String),
      detail: { rows: [{ database: "holdfast", table: "holdfast.term", rows: expect.any(Number) }] },
    });
    expect(newest.detail.amcheckMs).toBeGreaterThan(0);
    // Others of the schedule may be kept to be read; this one's job is gone, and its volume with it.
    await expect
      .poll(() => tests(["get", "pvc,pod", "-o", "name"]), { timeout: 300_000 })
      .not.toContain("test-restore-test");
  });

  // Of the site's own repository and any of its sets, so that one restore shows three things: had its timeline not
  // been reached, the reason would be another.
  test("fails where a table has fewer rows than it must, and says which", async () => {
    await expect
      .poll(async () => (await setsOf(kubectl, "site")).length, { timeout: 600_000 })
      .toBeGreaterThan(0);
    const before = await record("restore-test", "success", "site");
    const floors = JSON.stringify([{ database: "holdfast", table: "holdfast.term", rows: 1_000 }]);
    const { succeeded, newest } = await runOnce(
      "restore-test",
      (job) => withEnvironment(job, { HF_TEST_FLOORS: floors, HF_TEST_SET: "random" }),
      "site",
    );
    expect(succeeded).toBe(false);
    expect(newest.outcome).toBe("failed");
    expect(newest.reason).toMatch(/^holdfast\.term in holdfast has \d+ rows, 1000 are the least$/);
    expect((await setsOf(kubectl, "site")).map(({ label }) => label)).toContain(newest.label);
    expect(await record("restore-test", "success", "site")).toEqual(before);
  });
});

test("a logical dump can be read back, encrypted as it lies there", async () => {
  const { succeeded, newest, log } = await runOnce("logical-dump");
  expect(succeeded, log).toBe(true);
  const dumps = newest.detail.dumps as readonly { database: string; snapshot: string; bytes: number }[];
  expect(dumps.map(({ database }) => database)).toEqual(expect.arrayContaining(["holdfast", "odoo"]));
  expect((await records.names(`dumps/${site}/snapshots/`)).length).toBeGreaterThanOrEqual(dumps.length);
  const snapshot = dumps.find(({ database }) => database === "holdfast")?.snapshot ?? "";
  const readBack = `
set -euo pipefail
. /holdfast/bin/lib.sh
value() { conf_value archive-offsite "$1"; }
cd /tmp
export AWS_ACCESS_KEY_ID=$(value repo1-s3-key) AWS_SECRET_ACCESS_KEY=$(value repo1-s3-key-secret)
export RESTIC_PASSWORD_COMMAND='sed -n s/^repo1-cipher-pass=//p /etc/holdfast/pgbackrest/archive-offsite.conf'
restic --no-cache --no-lock --cacert /etc/holdfast/tls/offsite-ca.crt -o s3.bucket-lookup=path \\
  -r "s3:https://$(value repo1-storage-host):$(value repo1-storage-port)/$(value repo1-s3-bucket)/dumps/${site}" \\
  dump ${snapshot} /holdfast.dump >holdfast.dump
pg_restore --data-only --table=term --file=- holdfast.dump
rm holdfast.dump
`;
  const sql = await kubectl(["exec", "database-0", "-c", "steward", "--", "bash", "-c", readBack]);
  expect(sql).toMatch(new RegExp(`^\\d+\\t${site}\\t`, "m"));
});
