// Recovery to a chosen place on the running lab: copies beside production, the way back in place under a write load, a
// table out of the past, refusals, and a damaged set. Needs an active site with its stacks (a drill leaves one, or two
// `up`s). Outside CI. Does not prove a promotion at the other site to a target; the pod's script is the same.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { SiteName } from "../../lab/net/addresses.ts";
import { type CommandResult, holdfast, runId, tail } from "../lab/support/holdfast.ts";
import { type Kubectl, kubectlFor } from "../lab/support/namespace.ts";
import { until } from "./support/until.ts";

const copy = "recover-test";
let site: SiteName = "primary";
let production: Kubectl;

const psql = (kubectl: Kubectl, pod: string, sql: string): Promise<string> =>
  kubectl([
    "exec",
    pod,
    "-c",
    "postgres",
    "--",
    "psql",
    "-XqAt",
    "-v",
    "ON_ERROR_STOP=1",
    "-d",
    "holdfast",
    "-c",
    sql,
  ]);
const here = (sql: string): Promise<string> => psql(production, "database-0", sql);
const inCopy = (sql: string): Promise<string> => psql(kubectlFor(site, copy), "copy", sql);

/** One second apart on both sides: a time between two rows is unmistakable. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1500));
const marker = (note: string): Promise<string> => here(`insert into marker (note) values ('${note}')`);

interface Places {
  readonly time: string;
  readonly lsn: string;
  readonly sets: Readonly<Record<"offsite" | "site", string>>;
}
let places: Places;

async function archived(): Promise<void> {
  const last = await here("select pg_walfile_name(pg_switch_wal())");
  await until(`${last} to be archived`, "archived", async () => {
    const newest = await here("select coalesce(last_archived_wal, '') from pg_stat_archiver");
    return newest.slice(8) >= last.slice(8) ? { done: newest } : { notYet: newest };
  });
}

async function backUp(repository: "offsite" | "site", type: string): Promise<string> {
  const job = `recover-test-${repository}-${Date.now().toString(36)}`;
  await production(["create", "job", job, `--from=cronjob/backup-${repository}-${type}`]);
  await production(["wait", "--for=condition=complete", `job/${job}`, "--timeout=600s"]);
  const line = (await production(["logs", `job/${job}`]))
    .split("\n")
    .find((each) => each.includes('"backup"'));
  return (JSON.parse(line ?? "{}") as { label: string }).label;
}

beforeAll(async () => {
  const found = await holdfast(["status", "--json"]);
  site = /"holder":\s*"dr"/.test(found.stdout) ? "dr" : "primary";
  production = kubectlFor(site, "holdfast");
  await here("drop table if exists marker; create table marker (id serial primary key, note text)");
  await marker("before the set");
  const sets = { site: await backUp("site", "full"), offsite: await backUp("offsite", "full") };
  await marker("one");
  await pause();
  const time = await here("select to_char(now() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
  const lsn = await here("select pg_current_wal_insert_lsn()");
  await here("select pg_create_restore_point('between')");
  await pause();
  await marker("two");
  await archived();
  places = { time, lsn, sets };
});

async function restored(
  flags: readonly string[],
  work: (result: CommandResult) => Promise<void>,
): Promise<void> {
  const result = await holdfast(["restore", "--to", copy, ...flags]);
  try {
    expect(result.exitCode, tail(result)).toBe(0);
    await work(result);
  } finally {
    const removed = await holdfast(["restore", "--to", copy, "--remove"]);
    expect(removed.exitCode, tail(removed)).toBe(0);
  }
}

const notes = "select string_agg(note, ', ' order by id) from marker";

describe.each(["offsite", "site"] as const)("a copy from the %s repository", (repository) => {
  test.each<[string, () => readonly string[], string]>([
    ["a time between two rows", () => ["--to-time", places.time], "before the set, one"],
    ["an LSN between them", () => ["--to-lsn", places.lsn], "before the set, one"],
    ["a restore point between them", () => ["--to-name", "between"], "before the set, one"],
    ["the end of the archive", () => [], "before the set, one, two"],
  ])("to %s has exactly the right ones", async (_, flags, expected) => {
    await restored([...flags(), "--repository", repository], async ({ stdout }) => {
      expect(stdout).toContain("connect: kubectl");
      expect(await inCopy(notes)).toBe(expected);
      expect(await inCopy("show archive_mode")).toBe("off");
    });
  });
});

test.each(["offsite", "site"] as const)(
  "a copy of a set of the %s repository ends where the set ends",
  async (repository) => {
    const flags = ["--to-set", places.sets[repository], "--repository", repository];
    await restored(flags, async () => expect(await inCopy(notes)).toBe("before the set"));
  },
);

describe("is refused, status 2, and nothing is made", () => {
  test.each<[string, () => readonly string[], RegExp]>([
    [
      "a time before the first set",
      () => ["--to-time", "2001-01-01T00:00:00Z"],
      /before the end of the first backup set/,
    ],
    ["a time to come", () => ["--to-time", "2999-01-01T00:00:00Z"], /future/],
    ["an LSN past the archive", () => ["--to-lsn", "FFFF/0"], /past the archive's end/],
    ["a set that is not there", () => ["--to-set", "20010101-000000F"], /no backup set/],
    ["a volume that is too small", () => ["--volume", "1Mi"], /too small/],
  ])("%s", async (_, flags, words) => {
    const result = await holdfast(["restore", "--to", copy, ...flags()]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toMatch(words);
    await expect(kubectlFor(site, "default")(["get", "namespace", copy])).rejects.toThrow(/not found/i);
  });

  test("production's own namespace", async () => {
    const result = await holdfast(["restore", "--to", "holdfast"]);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain("production's own namespace");
  });

  test("a way back in place that nobody has confirmed", async () => {
    const result = await holdfast(["recover", "--to-time", places.time]);
    expect(result.exitCode).toBe(2);
    expect(result.stdout).toContain(`site ${site}, role active`);
    expect(result.stderr).toContain("--yes");
  });
});

test("a restore point that was never made is PostgreSQL's own words, not a crash loop", async () => {
  const result = await holdfast(["restore", "--to", copy, "--to-name", "nowhere"]);
  try {
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain("recovery ended before configured recovery target was reached");
  } finally {
    await holdfast(["restore", "--to", copy, "--remove"]);
  }
});

describe("under a write load", () => {
  /** Rows by the second, until told to stop; they are what a recovery leaves behind. */
  async function underLoad(work: () => Promise<void>): Promise<void> {
    let stop = false;
    const load = (async () => {
      while (!stop) {
        await here("insert into marker (note) values ('load')").catch(() => undefined); // the database goes away meanwhile
        await pause();
      }
    })();
    try {
      await work();
    } finally {
      stop = true;
      await load;
    }
  }

  test("a table comes out of the past, and the copy is gone", async () => {
    const output = join(tmpdir(), `${runId("extract")}.sql`);
    await underLoad(async () => {
      const result = await holdfast([
        ...["extract", "--table", "public.marker", "--database", "holdfast"],
        ...["--at", places.time, "--output", output],
      ]);
      expect(result.exitCode, tail(result)).toBe(0);
      const sql = readFileSync(output, "utf8");
      expect(sql).toContain("\tone\n");
      expect(sql).not.toContain("\ttwo\n");
      expect(existsSync(`${output}.part`)).toBe(false);
      const namespaces = await kubectlFor(site, "default")(["get", "namespaces", "-o", "name"]);
      expect(namespaces).not.toContain("holdfast-extract");
    });
    rmSync(output, { force: true });
  });

  test("a DROP TABLE is undone in place, under the next epoch", async () => {
    await underLoad(async () => {
      await marker("kept");
      await pause();
      const time = await here(
        "select to_char(now() at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
      );
      const timeline = await here("select timeline_id from pg_control_checkpoint()");
      const epoch = Number(await here("select max(epoch) from holdfast.term"));
      await pause();
      await here("drop table marker");
      const id = runId("recover");
      const result = await holdfast(["recover", "--to-time", time, "--yes", "--run-id", id]);
      expect(result.exitCode, tail(result)).toBe(0);
      expect(await here("select count(*) from marker where note = 'kept'")).toBe("1");
      expect(Number(await here("select max(epoch) from holdfast.term"))).toBe(epoch + 1);
      await here("checkpoint");
      expect(Number(await here("select timeline_id from pg_control_checkpoint()"))).toBeGreaterThan(
        Number(timeline),
      );
      await archived();
      expect(readFileSync(join("runs", id, "evidence", "next.txt"), "utf8")).toContain(`epoch ${epoch + 1}`);
    });
  });
});
