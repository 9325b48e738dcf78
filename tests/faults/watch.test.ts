// Faults 13 and 14 of the catalogue on the running lab with an active site: archiving switched off behind a server
// that says all is well. Each must be seen within archive_timeout + 60 s, and what it cost is mended by a full backup
// once archiving is back. Does not show that an alert is sent.
import { beforeAll, describe, expect, test } from "vitest";
import type { SiteName } from "../../lab/net/addresses.ts";
import type { Kubectl } from "../lab/support/namespace.ts";
import { activeSite, endSegment, scrape, setsOf, sqlAt, untilMetrics } from "../lab/support/site-metrics.ts";
import { readyAgain, replaceArgument } from "./support/arguments.ts";

let site: SiteName;
let kubectl: Kubectl;

beforeAll(async () => {
  ({ site, kubectl } = await activeSite());
});

const cases = [
  { fault: 13, setting: "archive_command", value: "/bin/true" },
  { fault: 14, setting: "archive_mode", value: "off" },
] as const;
const lag = 'holdfast_wal_archive_lag_seconds{repository="offsite"}';
const gap = 'holdfast_wal_archive_gap{repository="offsite"}';
const archiveTimeoutMs = 60_000;

test("ALTER SYSTEM does not reach the archive command: the command line wins", async () => {
  await sqlAt(kubectl, "alter system set archive_command = '/bin/true'");
  await sqlAt(kubectl, "select pg_reload_conf()");
  try {
    expect(await sqlAt(kubectl, "show archive_command")).toContain("/holdfast/bin/archive-push");
  } finally {
    await sqlAt(kubectl, "alter system reset archive_command");
  }
});

describe.each(cases)("fault $fault: $setting is $value", ({ setting, value }) => {
  test("is seen as a growing lag, and mended by a full backup when it is over", async () => {
    const before = (await setsOf(kubectl, "offsite")).length;
    const usual = await replaceArgument(kubectl, setting, `${setting}=${value}`);
    try {
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
      expect(performance.now() - began).toBeLessThan(archiveTimeoutMs + 60_000);
      expect(await archiver("failed_count")).toBe(failures);
      if (setting === "archive_command") expect(await archiver("archived_count")).toBeGreaterThan(2);
    } finally {
      await replaceArgument(kubectl, setting, usual);
      await readyAgain(kubectl);
    }
    await endSegment(kubectl);
    await untilMetrics("what was not archived is a gap", site, 180_000, (now) => now.get(gap) === 1);
    await untilMetrics("a full backup mends it", site, 240_000, (now) => now.get(gap) === 0);
    expect((await setsOf(kubectl, "offsite")).length).toBe(before + 1);
    await untilMetrics(
      "the lag is gone",
      site,
      120_000,
      (now) => (now.get(lag) ?? Number.POSITIVE_INFINITY) < 80,
    );
  });
});

async function archiver(column: "archived_count" | "failed_count"): Promise<number> {
  const samples = await scrape(site, "postgres");
  const [series] = [...samples.keys()].filter((name) => name.startsWith(`pg_stat_archiver_${column}`));
  return samples.get(series ?? "") ?? Number.NaN;
}
