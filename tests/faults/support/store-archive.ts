import { gapsIn, switchSegment } from "./archive.ts";
import { mark, type Primary } from "./primary.ts";
import type { Repository } from "./repository.ts";
import { within } from "./store-wait.ts";

/** After its third failure PostgreSQL waits a minute before it asks the archive command again, and a dead connection is noticed after half a minute more. */
const patienceSeconds = 240;

/** Everything written until now is in the offsite repository, without a gap since a segment. Returns how long it took. */
export async function caughtUp(primary: Primary, repository: Repository, since: string): Promise<number> {
  const began = performance.now();
  await mark(primary, "caught up");
  const segment = await switchSegment(primary);
  await within(`${segment} in the offsite repository`, patienceSeconds, async () => {
    const newest = (await repository.segments()).at(-1) ?? "none";
    return newest >= segment
      ? { done: undefined }
      : { notYet: `the newest there is ${newest}; ${await archiver(primary)}` };
  });
  const gaps = gapsIn((await repository.segments()).filter((name) => name >= since && name <= segment));
  if (gaps.length > 0) throw new Error(`segments are missing since ${since}: ${gaps.join(" ")}`);
  return Math.round((performance.now() - began) / 1000);
}

export async function archiver(primary: Primary): Promise<string> {
  return primary.sql(
    "postgres",
    "select format('archived %s, the last %s; failed %s', archived_count, last_archived_wal, failed_count) from pg_stat_archiver",
  );
}

export async function failures(primary: Primary): Promise<number> {
  return Number(await primary.sql("postgres", "select failed_count from pg_stat_archiver"));
}

/** Segments that wait for the archive command. */
export async function waiting(primary: Primary): Promise<number> {
  return Number(
    await primary.sql("postgres", "select count(*) from pg_ls_archive_statusdir() where name like '%.ready'"),
  );
}

/** What PostgreSQL's own log says of archiving in the last so many seconds. */
export async function databaseLog(primary: Primary, seconds: number): Promise<string> {
  return primary.kubectl(["logs", "database-0", "--container=postgres", `--since=${seconds}s`]);
}

export async function currentSegment(primary: Primary): Promise<string> {
  return primary.sql("postgres", "select pg_walfile_name(pg_current_wal_lsn())");
}
