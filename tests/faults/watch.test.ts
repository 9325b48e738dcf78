// Faults 13 and 14 of the catalogue on the running lab with an active primary: archiving switched off behind a server
// that says all is well. Each must be seen within archive_timeout + 60 s, and what it cost is mended by a full backup
// once archiving is back. Does not show that an alert is sent: alerts.test.ts.
import { expect, test } from "vitest";
import { activeSite, endSegment, scrape, setsOf, sqlAt, untilMetrics } from "../lab/support/site-metrics.ts";
import { readyAgain, replaceArgument } from "./support/arguments.ts";
import { type FaultContext, fault } from "./support/fault.ts";

const site = "primary";
const lag = 'holdfast_wal_archive_lag_seconds{repository="offsite"}';
const gap = 'holdfast_wal_archive_gap{repository="offsite"}';
const archiveTimeoutMs = 60_000;

test("ALTER SYSTEM does not reach the archive command: the command line wins", async () => {
  const { kubectl } = await activeSite();
  await sqlAt(kubectl, "alter system set archive_command = '/bin/true'");
  await sqlAt(kubectl, "select pg_reload_conf()");
  try {
    expect(await sqlAt(kubectl, "show archive_command")).toContain("/holdfast/bin/archive-push");
  } finally {
    await sqlAt(kubectl, "alter system reset archive_command");
  }
});

/** The setting as a person would change it; the lag that tells, the gap after it, and the full backup that mends it. */
async function silenced(
  { primary, see, undo }: FaultContext,
  setting: "archive_command" | "archive_mode",
  value: string,
): Promise<void> {
  const { kubectl } = primary;
  const before = (await setsOf(kubectl, "offsite")).length;
  const usual = await replaceArgument(kubectl, setting, `${setting}=${value}`);
  undo(setting, async () => {
    await replaceArgument(kubectl, setting, usual);
    await readyAgain(kubectl);
  });
  await readyAgain(kubectl);
  const failures = await archiver("failed_count");
  const began = performance.now();
  await untilMetrics(
    "the lag is past archive_timeout + 30 s",
    site,
    archiveTimeoutMs + 60_000,
    (now) => (now.get(lag) ?? 0) > archiveTimeoutMs / 1000 + 30,
    () => endSegment(kubectl),
  );
  const seconds = (performance.now() - began) / 1000;
  expect(seconds).toBeLessThan(archiveTimeoutMs / 1000 + 60);
  expect(await archiver("failed_count")).toBe(failures);
  if (setting === "archive_command") expect(await archiver("archived_count")).toBeGreaterThan(2);
  see(
    `seen as a lag over ${archiveTimeoutMs / 1000 + 30} s after ${seconds.toFixed(0)} s; the server counts no failure`,
  );
  await replaceArgument(kubectl, setting, usual);
  await readyAgain(kubectl);
  await endSegment(kubectl);
  await untilMetrics("what was not archived is a gap", site, 180_000, (now) => now.get(gap) === 1);
  const mending = performance.now();
  await untilMetrics("a full backup mends it", site, 240_000, (now) => now.get(gap) === 0);
  const sets = await setsOf(kubectl, "offsite");
  expect(sets.length).toBe(before + 1);
  expect(sets.at(-1)?.type).toBe("full");
  await untilMetrics("the lag is gone", site, 120_000, (now) => (now.get(lag) ?? Infinity) < 80);
  see(
    `with the setting back: a gap, and ${sets.at(-1)?.label} by itself ${((performance.now() - mending) / 1000).toFixed(0)} s after it was seen`,
  );
}

fault(13, import.meta.filename, (context) => silenced(context, "archive_command", "/bin/true"));

fault(14, import.meta.filename, (context) => silenced(context, "archive_mode", "off"));

async function archiver(column: "archived_count" | "failed_count"): Promise<number> {
  const samples = await scrape(site, "postgres");
  const [series] = [...samples.keys()].filter((name) => name.startsWith(`pg_stat_archiver_${column}`));
  return samples.get(series ?? "") ?? Number.NaN;
}
