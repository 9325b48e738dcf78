// The metrics of the running lab's active site, as a Prometheus in the third place reads them, against what the
// repositories and the server say themselves. Does not break the archive: tests/faults/watch.test.ts does; nor show
// that anybody is alerted.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { openOffsiteObjects } from "../../lab/faults/offsite-objects.ts";
import { offsiteEndpoint, type SiteName, siteNames, siteNetworks } from "../../lab/net/addresses.ts";
import { holdfast, tail } from "./support/holdfast.ts";
import type { Kubectl } from "./support/namespace.ts";
import { knock, layout, runAt } from "./support/places.ts";
import {
  activeSite,
  endSegment,
  exporterPorts,
  scrape,
  setsOf,
  sqlAt,
  untilMetrics,
  urlOf,
} from "./support/site-metrics.ts";

let site: SiteName;
let kubectl: Kubectl;

beforeAll(async () => {
  ({ site, kubectl } = await activeSite());
});

const repositories = ["offsite", "site"] as const;

/** For a look of the exporter's and what it waits for. How quick it is on a busy machine is nowhere the question. */
const withinMs = 300_000;
const soon = { timeout: withinMs, interval: 3_000 };

describe("holdfast's own exporter", () => {
  test("says who serves, and looks again and again", async () => {
    const samples = await scrape(site, "holdfast");
    const [info] = [...samples.keys()].filter((series) => series.startsWith("holdfast_info{"));
    expect(info).toMatch(new RegExp(`^holdfast_info{epoch="\\d+",role="active",site="${site}"}$`));
    const first = samples.get("holdfast_exporter_last_run_timestamp_seconds") ?? 0;
    expect(Math.abs(Date.now() / 1000 - first)).toBeLessThan(180);
    await untilMetrics(
      "a later run",
      site,
      withinMs,
      (later) => (later.get("holdfast_exporter_last_run_timestamp_seconds") ?? 0) > first,
    );
    expect(samples.get("node_textfile_scrape_error")).toBe(0);
    expect(
      [...samples.keys()].filter(
        (series) => !/^(holdfast_|node_(textfile|scrape_collector|exporter_build_info))/.test(series),
      ),
    ).toEqual([]);
  });

  test.each(repositories)("knows of the %s repository what pgBackRest lists there", async (repository) => {
    const of = (name: string, kind?: string): string =>
      `${name}{${kind === undefined ? "" : `kind="${kind}",`}repository="${repository}"}`;
    await untilMetrics("a full backup is known", site, withinMs, (now) =>
      now.has(of("holdfast_backup_last_success_timestamp_seconds", "full")),
    );
    // The exporter looks every ten seconds or so: a set that was made or taken away since is in one answer alone.
    await vi.waitFor(async () => {
      const [samples, sets] = [await scrape(site, "holdfast"), await setsOf(kubectl, repository)];
      const newest = sets.findLast(({ type }) => type === "full");
      expect(newest).toBeDefined();
      expect(samples.get(of("holdfast_repository_up"))).toBe(1);
      expect(samples.get(of("holdfast_backup_last_success_timestamp_seconds", "full"))).toBe(
        newest?.timestamp.stop,
      );
      expect(samples.get(of("holdfast_backup_last_size_bytes", "full"))).toBe(newest?.info.repository.delta);
      expect(samples.get(of("holdfast_repository_oldest_restorable_timestamp_seconds"))).toBe(
        sets[0]?.timestamp.stop,
      );
    }, soon);
  });

  test("sees a commit's WAL arrive in each repository", async () => {
    await endSegment(kubectl);
    // A store of the site's that was slow once is left out for a minute, and its gap mended by a full backup.
    const samples = await untilMetrics("both repositories have it", site, withinMs, (now) => {
      const isBelow = (what: string, name: string, limit: number): boolean =>
        (now.get(`holdfast_wal_archive_lag_${what}{repository="${name}"}`) ?? Number.POSITIVE_INFINITY) <
        limit;
      return (
        now.get('holdfast_archive_breaker_open{repository="site"}') === 0 &&
        repositories.every(
          (name) =>
            isBelow("bytes", name, 16 * 2 ** 20) &&
            isBelow("seconds", name, 100) &&
            now.get(`holdfast_wal_archive_gap{repository="${name}"}`) === 0,
        )
      );
    });
    expect(samples.get("holdfast_archive_open")).toBe(1);
  });

  test("measures pg_wal and the volume", async () => {
    // A checkpoint between the two questions takes many segments away at once.
    await vi.waitFor(async () => {
      const samples = await scrape(site, "holdfast");
      const bytes = Number(await sqlAt(kubectl, "select sum(size) from pg_ls_waldir()"));
      expect(Math.abs((samples.get("holdfast_wal_bytes") ?? 0) - bytes)).toBeLessThan(6 * 16 * 2 ** 20);
      const size = samples.get("holdfast_volume_size_bytes") ?? 0;
      expect(samples.get("holdfast_volume_available_bytes")).toBeLessThan(size);
    }, soon);
  });
});

test("PostgreSQL's exporter reads the server as a role that may read statistics and no more", async () => {
  const samples = await vi.waitFor(async () => {
    const found = await scrape(site, "postgres");
    expect(found.get("pg_up")).toBe(1);
    return found;
  }, soon);
  expect([...samples.keys()].some((series) => series.startsWith("pg_stat_archiver_archived_count"))).toBe(
    true,
  );
  expect([...samples.keys()].some((series) => series.startsWith("pg_database_size_bytes"))).toBe(true);
  expect(
    await sqlAt(
      kubectl,
      `select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls,
        (select string_agg(roleid::regrole::text, ',') from pg_auth_members where member = pg_roles.oid)
        from pg_roles where rolname = 'holdfast_monitor'`,
    ),
  ).toBe("f|pg_monitor");
  const asSuperuser = [
    "exec",
    "database-0",
    "-c",
    "postgres-exporter",
    "--",
    "psql",
    "-h",
    "/run/postgresql",
  ];
  await expect(
    kubectl([...asSuperuser, "-U", "postgres", "-d", "postgres", "-c", "select 1"]),
  ).rejects.toThrow(/[Pp]eer authentication failed/);
});

describe("who may read", () => {
  const targets = () =>
    Object.values(exporterPorts).map((port) => ({
      protocol: "tcp" as const,
      address: siteNetworks[site].node,
      port,
    }));

  test("the third place reaches every port, the other site none", async () => {
    await expect.poll(() => knock("third", targets()), soon).toEqual(["open", "open", "open"]);
    const other = siteNames.find((name) => name !== site) ?? "dr";
    // A drill leaves the lost site dead; it takes a live one to be refused.
    const up = await holdfast(["lab", "up"]);
    expect(up.exitCode, tail(up)).toBe(0);
    expect(await knock(other, targets())).toEqual(["silent", "silent", "silent"]);
  });

  test.each(["holdfast", "postgres", "documents"] as const)(
    "%s answers nobody without a certificate of the site's",
    async (name) => {
      const curl = ["curl", "-sS", "--max-time", "30", "--cacert", layout.caCertificate, urlOf(site, name)];
      // The alert is met while sending (55), while receiving (56) or in the handshake (35).
      await expect(runAt("third", curl)).rejects.toThrow(/certificate required|alert|exit code (35|55|56):/);
    },
  );
});

test("a segment that is gone from the repository is a gap, and one full backup by itself mends it", async () => {
  const segments = [await endSegment(kubectl), await endSegment(kubectl), await endSegment(kubectl)];
  const [victim = ""] = segments;
  const gap = 'holdfast_wal_archive_gap{repository="offsite"}';
  const epoch = /epoch="(\d+)"/.exec([...(await scrape(site, "holdfast")).keys()].join())?.[1];
  const offsite = await openOffsiteObjects({
    secrets: join(layout.root, "secrets"),
    endpoint: offsiteEndpoint,
    bucket: "holdfast-offsite",
    identity: "writer",
  });
  const prefix = `epochs/${epoch}/archive/`;
  const keys = await untilKeys(async () =>
    (await offsite.keys(prefix)).filter((key) => key.includes(`/${victim}-`)),
  );
  const before = (await setsOf(kubectl, "offsite")).filter(({ type }) => type === "full");
  await offsite.remove(keys);
  try {
    await untilMetrics("the gap is seen", site, withinMs, (now) => now.get(gap) === 1);
    await untilMetrics("the gap is mended", site, withinMs, (now) => now.get(gap) === 0);
    const fulls = async () => (await setsOf(kubectl, "offsite")).filter(({ type }) => type === "full");
    const after = await fulls();
    expect(after).toHaveLength(before.length + 1);
    expect((after.at(-1)?.archive.start ?? "") > victim).toBe(true);
    await sleep(25_000); // two looks and a round of the steward's: a second one would have begun
    expect(await fulls()).toHaveLength(before.length + 1);
    const samples = await scrape(site, "holdfast");
    expect(samples.get('holdfast_wal_missing_segments{repository="offsite"}')).toBe(1);
  } finally {
    const admin = await openOffsiteObjects({
      secrets: join(layout.root, "secrets"),
      endpoint: offsiteEndpoint,
      bucket: "holdfast-offsite",
      identity: "admin",
    });
    await admin.removeDeleteMarkers(prefix);
  }
});

async function untilKeys(list: () => Promise<readonly string[]>): Promise<readonly string[]> {
  for (const end = performance.now() + withinMs; performance.now() < end; ) {
    const keys = await list();
    if (keys.length > 0) return keys;
    await sleep(1_000);
  }
  throw new Error(`the segment did not come to the repository in ${withinMs / 1000} s`);
}
