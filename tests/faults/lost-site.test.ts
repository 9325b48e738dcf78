// A primary that is lost for good, that somebody still goes to, and that comes back (faults 49, 57, 59), on the running
// lab and around one drill; it ends with the primary active again on its old disk. Outside CI. Does not prove that
// nothing at dr would ask the primary later than the drill's last backup.
import { expect } from "vitest";
import { z } from "zod";
import type { JournalEntry } from "../../contract/journal.ts";
import { parseLsn, segmentStart } from "../../drill/wal.ts";
import { openOffsiteObjects } from "../../lab/faults/offsite-objects.ts";
import { offsiteEndpoint } from "../../lab/net/addresses.ts";
import { holdfast, tail } from "../lab/support/holdfast.ts";
import { kubectlFor } from "../lab/support/namespace.ts";
import { layout } from "../lab/support/places.ts";
import { recorded } from "./support/fault.ts";
import { lostSite } from "./support/lost-site.ts";
import { expectMet, inWords } from "./support/met.ts";
import { onNode } from "./support/node.ts";
import { openPorts, stackPreview, stackUp } from "./support/stack-up.ts";
import { until } from "./support/until.ts";

const file = import.meta.filename;
const seconds = (ms: number): string => (ms / 1000).toFixed(1);

function lossOf(entries: readonly JournalEntry[]) {
  const loss = entries.find((entry) => entry.kind === "fact" && entry.name === "loss");
  return z.object({ value: z.object({ goneAtMs: z.number() }) }).parse(loss).value;
}

recorded(49, file, async ({ see }) => {
  const { run, ended, packets } = await lostSite();
  const verdict = expectMet(run, ended);
  expect(packets).toEqual({ dr: 0, operator: 0 });
  see(
    `${inWords(verdict)}; dr sent no packet to any address of the primary from before the loss to its own full backup, the operator's engine none during the promotion`,
  );
});

recorded(59, file, async ({ see }) => {
  const { run, pinned } = await lostSite();
  const verdict = run.verdict();
  const lossMs = Date.parse(verdict.lossAt.time ?? "");
  // The loss is marked just before its signal: a try within those milliseconds may still be served.
  const { goneAtMs } = lossOf(run.entries());
  const before = pinned.attempts().filter(({ atMs, refusal }) => atMs < lossMs && refusal === null);
  const refused = pinned.attempts()[0]?.refusal;
  expect(before.length, `the client was served before the loss; at first: ${refused}`).toBeGreaterThan(0);
  const after = pinned.attempts().filter(({ atMs }) => atMs > goneAtMs);
  expect(after.filter(({ refusal }) => refusal === null)).toEqual([]);
  expect(after.length).toBeGreaterThan(10);
  const moved = verdict.traffic.secondsToMostAnswers;
  expect(moved).toBeTypeOf("number");
  see(
    `95 % of fresh answers point to dr ${moved} s after the loss; a client pinned to the old address, served ${before.length} times before, tried ${after.length} times after it and was never accepted (${after.at(-1)?.refusal})`,
  );
});

recorded(57, file, async ({ see }) => {
  const { run, pinned } = await lostSite();
  const verdict = run.verdict();
  const drsEpoch = verdict.epoch.before + 1;
  const ports = await openPorts();
  const signal = AbortSignal.timeout(1_200_000);
  const kubectl = kubectlFor("primary", "holdfast");
  const archive = await openOffsiteObjects({
    secrets: layout.secrets,
    endpoint: offsiteEndpoint,
    bucket: "holdfast-offsite",
    identity: "admin",
  });
  const archived = () => archive.keys(`epochs/${verdict.epoch.before}/archive/`);
  const before = await archived();
  const backMs = Date.now();
  const restarted = await holdfast(["lab", "restart", "primary"]);
  expect(restarted.exitCode, tail(restarted)).toBe(0);

  const refusal = await until("the old primary's pod to be refused", "primary", async () => {
    const log = await kubectl(["logs", "database-0", "--container=restore"]).catch(String);
    const said =
      /the epoch object says epoch (\d+) of dr; this pod was declared for epoch (\d+) of primary/.exec(log);
    return said === null ? { notYet: log.slice(-300) } : { done: said[0] };
  });
  see(`the old primary is back with its disk and does not start: ${refusal}`);
  // What serves users there is up by now, or never: every try since then was refused.
  await until("some tries at the living site", "pod", async () => {
    const tries = pinned.attempts().filter(({ atMs }) => atMs > backMs + 20_000);
    return tries.length >= 10 ? { done: undefined } : { notYet: `${tries.length} tries` };
  });
  pinned.stop();
  const since = pinned.attempts().filter(({ atMs }) => atMs > backMs);
  expect(since.filter((attempt) => attempt.refusal === null)).toEqual([]);
  for (const server of ports.dns.authoritatives)
    for (const name of ports.dns.names)
      expect((await ports.dns.query(server, name, signal)).addresses).toEqual(["198.18.0.12"]);
  expect(await archived()).toEqual(before);
  const preview = await stackPreview(ports, { stack: "primary" }, signal);
  expect(preview.ok).toBe(false);
  expect(preview.error).toMatch(new RegExp(`epoch ${drsEpoch}`));
  see(
    `${since.length} tries at its address in ${seconds(Date.now() - backMs)} s, none accepted (${since.at(-1)?.refusal}); every server's answer is dr; nothing archived; its own stack is refused: ${preview.error.split("\n")[0]?.slice(0, 200)}`,
  );

  const volume = await kubectl(["get", "pvc", "database-data", "--output=jsonpath={.spec.volumeName}"]);
  const path = await kubectl(["get", "pv", volume, "--output=jsonpath={.spec.local.path}"]);
  const segments = (await onNode(["ls", "-t", `${path}/pgdata/pg_wal`]))
    .split("\n")
    .filter((name) => /^[0-9A-F]{24}$/.test(name));
  // Recycled files have later names than what was written: the newest by time is the one that was.
  const written = segmentStart(segments[0] ?? "") + 16n * 1024n * 1024n;
  const beyond = written - parseLsn(verdict.recoveredLsn ?? "");
  expect(beyond).toBeGreaterThanOrEqual(0n);
  see(
    `divergence: its WAL ends at most ${Number(beyond) / 1e6} MB beyond ${verdict.recoveredLsn}, where dr's begins; ${verdict.lostTransactions} acknowledged transactions are there alone`,
  );

  // The way home, onto the old disk.
  const rows = `select epoch, count(*), max(number) from holdfast.heartbeat group by epoch order by epoch`;
  const counted = async (site: "primary" | "dr") =>
    (
      await kubectlFor(
        site,
        "holdfast",
      )([
        "exec",
        "database-0",
        "--container=postgres",
        "--",
        "psql",
        "--no-psqlrc",
        "-qAtX",
        "--dbname=holdfast",
        `--command=${rows}`,
      ])
    ).trim();
  const atDr = await counted("dr");
  const began = performance.now();
  const role = (value: string) => ({ path: ["holdfast:site", "role"], value });
  await stackUp(ports, { stack: "dr", changes: [role("draining")] }, signal);
  await until("dr's last WAL to be offsite", "archived", async () => {
    const status = await ports.steward.status("dr", signal);
    return status?.role === "draining" && status.drained !== null
      ? { done: status.drained }
      : { notYet: status?.error ?? "not drained" };
  });
  const handover = { path: ["holdfast:site", "handover"], value: drsEpoch };
  await stackUp(ports, { stack: "primary", changes: [role("active"), handover], refresh: true }, signal);
  const log = await kubectl(["logs", "database-0", "--container=restore"]);
  expect(log).toMatch(/"event":"older"/);
  expect(log).toMatch(/"event":"restoring".*"delta":"?1/);
  expect(await counted("primary")).toBe(atDr);
  await stackUp(ports, { stack: "dr", changes: [role("standby")] }, signal);
  const record = await ports.epoch.read(signal);
  expect(record).toMatchObject({ epoch: drsEpoch + 1, holder: "primary" });
  see(
    `rebuilt on its old disk by a delta restore and active in epoch ${record?.epoch}, ${seconds(performance.now() - began)} s after dr began to drain; exactly the rows of dr`,
  );
});
