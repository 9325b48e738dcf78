// Copies of the database that could do harm, or that are half there (faults 52, 53, 56, 58): the product's own restore in
// pods beside the living primary. Does not prove the same on a volume of another make.
import { existsSync, readFileSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { openOffsiteObjects } from "../../lab/faults/offsite-objects.ts";
import { offsiteEndpoint } from "../../lab/net/addresses.ts";
import { layout } from "../lab/support/places.ts";
import { type FaultContext, fault } from "./support/fault.ts";
import { backUp } from "./support/jobs.ts";
import { kill, onNode, processesOf, volumeOf } from "./support/node.ts";
import { removePod, type SideRestore, scratchPod, sideRestore } from "./support/pods.ts";
import { database, mark, type Primary } from "./support/primary.ts";
import { openRepository } from "./support/repository.ts";
import { openPorts, stackPreview } from "./support/stack-up.ts";
import { caughtUp, currentSegment } from "./support/store-archive.ts";
import { until } from "./support/until.ts";

const file = import.meta.filename;

/** A set, and after it a row that only a whole recovery has. */
async function setAndRow(primary: Primary, what: string): Promise<number> {
  await backUp(primary, "full");
  const id = await mark(primary, what);
  await caughtUp(primary, await openRepository(primary), await currentSegment(primary));
  return id;
}

async function expectWhole(copy: SideRestore, id: number): Promise<void> {
  expect(copy.state, `${copy.restoreLog.slice(-1500)}${copy.postgresLog.slice(-1500)}`).toBe("serving");
  expect(await copy.sql(database, `select count(*) from marker where id = ${id}`)).toBe("1");
  expect(await copy.sql(database, "select count(*), sum(length(bytes)) from filler_24")).toBe(
    "2000|16000000",
  );
}

fault(52, file, async ({ primary, see, undo }) => {
  const id = await setAndRow(primary, "before the killed restore");
  const whole = Number(await primary.sql("postgres", "select sum(pg_database_size(oid)) from pg_database"));
  undo("pod fault-52", () => removePod(primary, "fault-52"));
  const copying = sideRestore(primary, "fault-52", { startsAgain: true });
  const uid = await until("the pod", "pod", async () => {
    const found = await primary
      .kubectl(["get", "pod", "fault-52", "--output=jsonpath={.metadata.uid}"])
      .catch(() => "");
    return found === "" ? { notYet: "not there" } : { done: found };
  });
  const data = join(await volumeOf(uid, "data"), "pgdata");
  const bytes = await until(
    "half of the bytes",
    "restore",
    async () => {
      const there = await bytesIn(data);
      return there >= whole / 2 ? { done: there } : { notYet: `${there} of ${whole} bytes` };
    },
    5,
  );
  const victims = await processesOf(uid, /restore/);
  for (const { pid } of victims)
    try {
      kill(pid);
    } catch {
      // It ended with the container's first process.
    }
  expect(victims.length).toBeGreaterThan(1);
  expect(existsSync(join(data, "global", "pg_control")), "pg_control").toBe(false);
  const marker = join(data, "..", "holdfast-marker.json");
  expect(JSON.parse(readFileSync(marker, "utf8"))).toMatchObject({ state: "restoring" });
  see(
    `killed ${victims.length} processes at ${Math.round(bytes / 1e6)} of ${Math.round(whole / 1e6)} MB: no pg_control, the marker says restoring`,
  );
  const copy = await copying;
  expect(copy.restoreLog).toMatch(/"event":"resumed".*"state":"restoring"/);
  expect(copy.restoreLog).toMatch(/"event":"restoring".*"delta":"?1/);
  await expectWhole(copy, id);
  see("started again, it went on with what was there and serves with every row");
});

async function bytesIn(folder: string): Promise<number> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    found
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          ({ blocks }) => blocks * 512,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

fault(53, file, async ({ primary, see, undo }) => {
  const volume = (sizeLimit: string) => ({ volume: { emptyDir: { medium: "Memory", sizeLimit } } });
  undo("pod fault-53", () => removePod(primary, "fault-53"));
  const small = await sideRestore(primary, "fault-53", volume("128Mi"));
  expect(small.state).toBe("refused");
  expect(small.restoreLog).toMatch(/too small: backup set \S+ needs \d{9,} bytes.* has 134217728/);
  see(`128 MiB: ${reasonIn(small.restoreLog)}`);

  const shell = await scratchPod(primary, "fault-53", volume("8Gi"));
  const uid = await primary.kubectl(["get", "pod", "fault-53", "--output=jsonpath={.metadata.uid}"]);
  const path = `/var/lib/kubelet/pods/${uid}/volumes/kubernetes.io~empty-dir/data`;
  await onNode(["mount", "-o", "remount,nr_inodes=500", path]);
  const refused = await shell(["/holdfast/bin/restore"]);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toMatch(/too few inodes: backup set \S+ has \d{4} files at least.* room for 4\d\d/);
  expect((await shell(["sh", "-c", 'ls -A "$PGDATA" 2>/dev/null'])).stdout).toBe("");
  see(`500 inodes: ${reasonIn(refused.stderr)}`);
});

function reasonIn(log: string): string {
  return /the volume (?:is|has) too [^"]*/.exec(log)?.[0] ?? log.slice(-200);
}

fault(56, file, async (context) => {
  const { primary, see } = context;
  const id = await setAndRow(primary, "before two promotions");
  const [first, second] = await Promise.all([clone(context, "fault-56a"), clone(context, "fault-56b")]);
  for (const copy of [first, second]) await expectWhole(copy, id);
  const writer = await openOffsiteObjects({
    secrets: layout.secrets,
    endpoint: offsiteEndpoint,
    bucket: "holdfast-offsite",
    identity: "writer",
  });
  const path = "fault-56";
  context.undo("what the copies archived", async () => writer.remove(await writer.keys(`${path}/`)));
  for (const copy of [first, second]) await ownPath(copy, `/${path}`);
  const segment = await sameSegment(first, second);
  expect((await push(first, segment)).exitCode).toBe(0);
  const kept = await writer.keys(`${path}/archive/`);
  const refused = await push(second, segment);
  expect(refused.exitCode).toBe(45);
  const said = `${refused.stdout}\n${refused.stderr}`;
  expect(said).toMatch(/\[045\].*already exists in the (repo|archive)/s);
  expect(refused.stderr).toContain(`the offsite repository did not take ${segment} (status 45)`);
  expect(await writer.keys(`${path}/archive/`)).toEqual(kept);
  see(
    `two copies on timeline ${segment.slice(0, 8)}: the first one's ${segment} is stored, the second one's refused: ${/ERROR: [^\n]*/.exec(said)?.[0]}`,
  );

  const ports = await openPorts();
  const preview = await stackPreview(
    ports,
    { stack: "dr", changes: [{ path: ["holdfast:site", "role"], value: "active" }] },
    AbortSignal.timeout(120_000),
  );
  expect(preview.ok).toBe(false);
  expect(preview.error).toMatch(new RegExp(`epoch ${primary.epoch}`));
  expect(preview.error).toContain("primary");
  see(`dr declared active beside it: ${preview.error.replaceAll(/\s+/g, " ").slice(0, 240)}`);
});

async function clone({ primary, undo }: FaultContext, name: string): Promise<SideRestore> {
  undo(`pod ${name}`, () => removePod(primary, name));
  return sideRestore(primary, name);
}

/** The product's own archive config and command, into a path that is nobody's epoch. */
async function ownPath(copy: SideRestore, path: string): Promise<void> {
  const made = await copy.exec([
    "sh",
    "-c",
    `mkdir -p /tmp/own/state && cp -rL /etc/holdfast/pgbackrest /tmp/own/config && cd /tmp/own/config &&
     sed -i -e 's#^repo1-path=.*#repo1-path=${path}#' -e '/^archive-async=/d' archive-offsite.conf &&
     touch /tmp/own/state/archive-open &&
     pgbackrest --config=/tmp/own/config/archive-offsite.conf --stanza=main --log-level-console=warn stanza-create`,
  ]);
  expect(made.exitCode, made.stderr).toBe(0);
}

/** A segment of one name that both have filled, each with rows of its own. */
async function sameSegment(first: SideRestore, second: SideRestore): Promise<string> {
  const next = async (copy: SideRestore): Promise<string> => {
    const text = await copy.sql(
      database,
      "insert into marker (what) values ('of this copy alone') returning id",
    );
    expect(Number(text)).toBeGreaterThan(0);
    return copy.sql("postgres", "select pg_walfile_name(pg_switch_wal())");
  };
  let [a, b] = [await next(first), await next(second)];
  for (let round = 0; a !== b && round < 50; round++)
    if (a < b) a = await next(first);
    else b = await next(second);
  expect(a).toBe(b);
  return a;
}

const push = (copy: SideRestore, segment: string) =>
  copy.exec([
    "sh",
    "-c",
    `cd "$PGDATA" && HF_CONFIG=/tmp/own/config HF_STATE=/tmp/own/state exec /holdfast/bin/archive-push pg_wal/${segment}`,
  ]);

fault(58, file, async ({ primary, see, undo }) => {
  await setAndRow(primary, "before the copy that archives");
  const repository = await openRepository(primary);
  undo("pod fault-58", () => removePod(primary, "fault-58"));
  const copy = await sideRestore(primary, "fault-58", { archives: true });
  expect(copy.state).toBe("stopped");
  expect(copy.postgresLog).toMatch(/archive_mode is on in a copy \(role rehearsal\)/);
  expect(copy.postgresLog).not.toContain("starting PostgreSQL");
  await sleep(2000);
  // A promoted copy would be on the next timeline.
  const [timelines] = [new Set((await repository.segments()).map((name) => name.slice(0, 8)))];
  const mine = (await primary.sql("postgres", "select pg_walfile_name(pg_current_wal_lsn())")).slice(0, 8);
  expect([...timelines].filter((timeline) => timeline > mine)).toEqual([]);
  see(`not started: ${/start\.sh: [^\n]*/.exec(copy.postgresLog)?.[0]}`);
});
