// Every kind of job started by its own schedule on the running lab's active site, judged by what the repository and
// the third place have afterwards. Only the minutes of the schedules are changed, on the CronJobs themselves; the next
// `up` puts them back. Does not wait for the committed times, which lie hours apart.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type JobKind, jobKinds, jobRecordKey, jobRecordSchema } from "../../contract/job-record.ts";
import type { SiteName } from "../../lab/net/addresses.ts";
import { inLabShell } from "../lab/support/holdfast.ts";
import { type Kubectl, kubectlFor } from "../lab/support/namespace.ts";
import { inProduction } from "../lab/support/production.ts";
import { openRecords } from "../lab/support/records.ts";
import { activeSite, setsOf } from "../lab/support/site-metrics.ts";

const records = openRecords();
let site: SiteName;
let kubectl: Kubectl;
let startedAtMs: number;
const planned: { name: string; run: Kubectl; schedule: string }[] = [];

const repositories = ["offsite", "site"] as const;
const cases = repositories.flatMap((repository) =>
  jobKinds
    .filter((kind) => repository === "offsite" || kind !== "logical-dump")
    .map((kind) => ({ repository, kind })),
);
const apartMinutes = 3;

beforeAll(async () => {
  await inProduction();
  ({ site, kubectl } = await activeSite());
  const tests = kubectlFor(site, "holdfast-restore-test");
  startedAtMs = Date.now();
  for (const { repository, kind } of cases) {
    const run = kind === "restore-test" ? tests : kubectl;
    const name = `backup-${repository}-${kind}`;
    const found = await run(["get", "cronjob", name, "-o", "jsonpath={.spec.schedule} {.spec.suspend}"]);
    expect(found, name).toMatch(/ (false)?$/);
    planned.push({ name, run, schedule: found.split(" ").slice(0, 5).join(" ") });
    // Both repositories in the same minute: their locks are two.
    const at = new Date(startedAtMs + (1 + jobKinds.indexOf(kind) * apartMinutes) * 60_000);
    const schedule = `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
    await run(["patch", "cronjob", name, "--patch", JSON.stringify({ spec: { schedule } })]);
  }
});
afterAll(async () => {
  for (const { name, run, schedule } of planned)
    await run(["patch", "cronjob", name, "--patch", JSON.stringify({ spec: { schedule } })]);
  records.close();
});

async function recordOf(repository: (typeof repositories)[number], kind: JobKind) {
  const text = await records.read(jobRecordKey({ site, repository, kind }, "newest"));
  return text === null ? null : jobRecordSchema.parse(JSON.parse(text));
}

const inTurn = [...cases].sort((a, b) => jobKinds.indexOf(a.kind) - jobKinds.indexOf(b.kind));

test.each(inTurn)(
  "$kind of repository $repository runs by its own schedule",
  async ({ repository, kind }) => {
    const deadline = startedAtMs + (1 + jobKinds.indexOf(kind) * apartMinutes) * 60_000 + 600_000;
    let record = await recordOf(repository, kind);
    while (record === null || record.startedAtMs < startedAtMs) {
      expect(Date.now(), "no record of it").toBeLessThan(deadline);
      await sleep(2_000);
      record = await recordOf(repository, kind);
    }
    expect(record, JSON.stringify(record)).toMatchObject({ outcome: "done", reason: null, site });
    if (kind !== "full" && kind !== "diff" && kind !== "incr") return;
    const set = (await setsOf(kubectl, repository)).find(({ label }) => label === record.label);
    expect(set?.type).toBe(kind);
    expect(set?.timestamp.start).toBeGreaterThan(startedAtMs / 1000);
    expect(record.bytes).toBe(set?.info.repository.delta);
    expect(set?.annotation).toMatchObject({ site });
  },
);

test("status says of each when it last went well and when it comes again", async () => {
  const { stdout } = await inLabShell(["./holdfast", "status", "--json"]);
  const report = JSON.parse(stdout) as {
    operator: { schedules: { name: string; nextAtMs: number; success: { value?: { endedAtMs: number } } }[] };
    problems: string[];
  };
  const { schedules } = report.operator;
  expect(schedules.map(({ name }) => name).sort()).toEqual(planned.map(({ name }) => name).sort());
  for (const { name, nextAtMs, success } of schedules) {
    expect(success.value?.endedAtMs, name).toBeGreaterThan(startedAtMs);
    expect(nextAtMs, name).toBeGreaterThan(Date.now());
  }
});
