// Drills whose driver or engine is killed, on the running lab: resumed to a met verdict, or given up to a clean
// standby; a lock that is left behind; drills that overlap, and one over planted damage. Outside CI: five drills. Does
// not prove a resume from a second machine (both would be this one): tests/drill does it from the copy alone.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { holdfast, inLabShell, repository, runId, tail } from "../lab/support/holdfast.ts";
import { kubectlFor } from "../lab/support/namespace.ts";
import { recorded } from "./support/fault.ts";
import { restoring, started, type WatchedRun, watchRun } from "./support/killed-run.ts";
import { expectMet, inWords } from "./support/met.ts";

const drillOf = (id: string, ...more: string[]): WatchedRun =>
  watchRun(id, ["drill", "--run-id", id, "--phase", "5", ...more]);

/** Primary serves, dr stands by, nothing is left over at dr, and nobody holds the lease. */
async function expectCleanStandby(): Promise<void> {
  const status = await holdfast(["status", "--json"]);
  expect(status.stdout, tail(status)).toMatch(/"holder":\s*"primary"/);
  for (const [stack, role] of [
    ["primary", "active"],
    ["dr", "standby"],
  ] as const) {
    const contract = await inLabShell(["pulumi", "stack", "output", "contract", "--json", "--stack", stack]);
    expect(JSON.parse(contract.stdout), tail(contract)).toMatchObject({ role });
    const state = JSON.parse((await inLabShell(["pulumi", "stack", "export", "--stack", stack])).stdout) as {
      readonly deployment: { readonly pending_operations?: readonly unknown[] };
    };
    expect(state.deployment.pending_operations ?? []).toEqual([]);
  }
  const pods = await kubectlFor("dr", "holdfast")(["get", "pods", "-o", "name"]);
  expect(pods).not.toContain("database-0");
}

recorded(51, import.meta.filename, async ({ see }) => {
  const id = runId("killed");
  const moments: readonly (readonly [string, Parameters<WatchedRun["reach"]>[1]])[] = [
    ["backups", started("backups")],
    ["arm", started("arm")],
    ["restore", restoring],
    ["measure", started("measure")],
    ["protect", started("protect")],
  ];
  let run = drillOf(id);
  for (const [step, moment] of moments) {
    await run.reach(step, moment);
    await run.killDriver();
    see(`killed at ${step}`);
    run = watchRun(id, ["resume", id]);
  }
  const verdict = expectMet(run, await run.ended());
  const entries = run.entries();
  expect(entries.filter(({ kind }) => kind === "resumed")).toHaveLength(moments.length);
  const losses = entries.filter((entry) => entry.kind === "fact" && entry.name === "loss");
  expect(losses).toHaveLength(1);
  expect(verdict.epoch.after).toBe(verdict.epoch.before + 1);
  see(`after ${moments.length} kills: ${inWords(verdict)}`);

  // Another machine has the copy alone.
  const elsewhere = join(repository, "runs", "elsewhere");
  rmSync(elsewhere, { recursive: true, force: true });
  const judged = await holdfast(["judge", id, "--from", "third-place", "--dir", elsewhere, "--json"]);
  expect(JSON.parse(judged.stdout), tail(judged)).toMatchObject({
    judgement: verdict.judgement,
    rtoSeconds: verdict.rtoSeconds,
    rpoSeconds: verdict.rpoSeconds,
  });
  see("judged the same from the copy in the third place");
});

recorded(61, import.meta.filename, async ({ see }) => {
  const id = runId("engine");
  const run = drillOf(id);
  await run.reach("the restore", restoring);
  expect(await run.killEngine()).toBe(1);
  const { exitCode, output } = await run.ended();
  expect(exitCode, output.slice(-3000)).toBe(130);
  expect(output).toContain(`holdfast resume ${id}`);
  see("the run stays open, exit status 130");
  const abort = await holdfast(["abort", id]);
  expect(abort.exitCode, tail(abort)).toBe(0);
  expect(run.verdict()).toMatchObject({ status: "interrupted" });
  expect(run.verdict().judgement).not.toBe("met");
  await expectCleanStandby();
  see("given up: primary active, dr standby, nothing pending");
});

recorded(62, import.meta.filename, async ({ see }) => {
  const id = runId("lock");
  const run = drillOf(id);
  await run.reach("the restore", restoring);
  // The engine first: a driver that lives a moment longer may not tell it to stop.
  await Promise.all([run.killEngine(), run.killDriver()]);
  const second = await inLabShell(["pulumi", "up", "--yes", "--skip-preview", "--stack", "dr"]);
  expect(second.exitCode).not.toBe(0);
  expect(`${second.stdout}${second.stderr}`).toMatch(/currently locked by \d+ lock/);
  expect(`${second.stdout}${second.stderr}`).toMatch(/created by \S+@\S+ \(pid \d+\)/);
  see("an up beside the lock that was left is refused with its owner");
  // By this another machine would know it from somebody else's.
  const noted = run.entries().filter((entry) => entry.kind === "fact" && entry.name === "stackLocks");
  expect(noted.at(-1)).toMatchObject({
    value: expect.arrayContaining([expect.objectContaining({ stack: "dr" })]),
  });
  see("the journal names the lock that the run's own engine took");
  const resumed = watchRun(id, ["resume", id]);
  const verdict = expectMet(resumed, await resumed.ended());
  see(`resumed: ${inWords(verdict)}`);
});

recorded(64, import.meta.filename, async ({ see }) => {
  const id = runId("canary");
  const canary = drillOf(id, "--plant", "wal-removed");
  await canary.reach("the seed", started("seed"));
  const second = await holdfast(["drill", "--run-id", runId("second")]);
  expect(second.exitCode, tail(second)).toBe(2);
  expect(second.stderr).toContain("LEASE_HELD");
  expect(second.stderr).toContain(id);
  see("a second drill is refused with the first one's name");
  const { exitCode, output } = await canary.ended();
  expect(exitCode, output.slice(-3000)).toBe(1);
  expect(canary.verdict().judgement).toBe("missed");
  expect(canary.verdict().findings.map((finding) => finding.id)).toContain("WAL_MISSING");
  see("the drill over planted damage is missed: WAL_MISSING");
});
