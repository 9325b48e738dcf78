// What is stored, attacked or misread, and brought back by the product's own side restore with the reader's keys
// (faults.md 29, 30, 34, 40, 41, 54). Does not prove the recovery in place (holdfast recover), nor a store of another make.
import { readFile } from "node:fs/promises";
import { Agent } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "vitest";
import { pagesOfVersions } from "../../drill/adapters/s3-versions.ts";
import { openOffsiteObjects } from "../../lab/faults/offsite-objects.ts";
import { openStoreProxy } from "../../lab/faults/s3-proxy/place.ts";
import { offsiteEndpoint } from "../../lab/net/addresses.ts";
import { holdfast } from "../lab/support/holdfast.ts";
import { layout } from "../lab/support/places.ts";
import { type FaultContext, fault } from "./support/fault.ts";
import { backUp } from "./support/jobs.ts";
import { database, mark, type Primary } from "./support/primary.ts";
import { openRepository } from "./support/repository.ts";
import { caughtUp, currentSegment } from "./support/store-archive.ts";
import { restoreBeside } from "./support/store-side.ts";

const file = import.meta.filename;
const bucket = "holdfast-offsite";
const offsite = (identity: "writer" | "admin") =>
  openOffsiteObjects({ secrets: layout.secrets, endpoint: offsiteEndpoint, bucket, identity });

async function client(identity: "writer" | "admin" | "reader"): Promise<S3Client> {
  const [accessKeyId = "", secretAccessKey = "", ca = ""] = await Promise.all(
    [`offsite-${identity}.key`, `offsite-${identity}.secret`, "ca.crt"].map((name) =>
      readFile(join(layout.secrets, name), "utf8"),
    ),
  );
  return new S3Client({
    endpoint: offsiteEndpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: { httpsAgent: new Agent({ ca }) },
  });
}

interface Version {
  readonly key: string;
  readonly versionId: string;
  readonly atMs: number;
  readonly isMarker: boolean;
  readonly isLatest: boolean;
  readonly bytes: number;
}

async function versions(identity: "admin" | "reader", prefix: string): Promise<readonly Version[]> {
  const s3 = await client(identity);
  const pages = await pagesOfVersions(s3, { bucket, prefix }, (work) => work(AbortSignal.timeout(60_000)));
  return pages.flatMap((page) =>
    (
      [
        [page.Versions ?? [], false],
        [page.DeleteMarkers ?? [], true],
      ] as const
    ).flatMap(([list, isMarker]) =>
      list.map((one) => ({
        key: one.Key ?? "",
        versionId: one.VersionId ?? "",
        atMs: one.LastModified?.getTime() ?? 0,
        isMarker,
        isLatest: one.IsLatest === true,
        bytes: "Size" in one ? (one.Size ?? 0) : 0,
      })),
    ),
  );
}

/** A set and the WAL up to a row that only a whole recovery has; then a second of quiet, so that whole seconds tell. */
async function known(primary: Primary, what: string): Promise<number> {
  await backUp(primary, "full");
  const id = await mark(primary, what);
  await caughtUp(primary, await openRepository(primary), await currentSegment(primary));
  await sleep(2500);
  return id;
}

const asOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")}+00`;

async function restored(context: FaultContext, name: string, id: number, targetMs: number): Promise<void> {
  const { primary, see, undo } = context;
  const copy = await restoreBeside(primary, { name, environment: { HF_RECOVERY_AS_OF: asOf(targetMs) } });
  undo("the copy", copy.remove);
  expect(copy.status.error, copy.log.slice(-3000)).toBeNull();
  expect(await copy.sql(`select count(*) from marker where id = ${id}`), copy.log.slice(-6000)).toBe("1");
  expect(await copy.sql("select count(*) from filler_1")).toBe("2000");
  see(
    `restored as of ${asOf(targetMs)} from ${copy.status.backupSet} in ${copy.seconds} s, with the row that was archived last`,
  );
}

fault(29, file, async (context) => {
  const { primary, see, undo } = context;
  const id = await known(primary, "before the deletion");
  const prefix = `epochs/${primary.epoch}/`;
  const writer = await offsite("writer");
  const admin = await offsite("admin");
  const since = await currentSegment(primary);
  const keys = await writer.keys(prefix);
  undo("the delete markers", async () => {
    await admin.removeDeleteMarkers(prefix);
    await caughtUp(primary, await openRepository(primary), since);
  });
  await writer.remove(keys);
  expect((await writer.keys(prefix)).filter((key) => keys.includes(key))).toEqual([]);

  // A restore that does not know of it must refuse, and say what happened.
  const blind = await restoreBeside(primary, { name: "blind" });
  undo("the refused copy", blind.remove);
  expect(blind.status.error ?? "").toMatch(/delete/i);
  see(
    `${keys.length} objects deleted with the writer's keys; a restore refuses: ${blind.status.error?.slice(0, 200)}`,
  );
  await blind.remove();

  const began = performance.now();
  const all = await versions("reader", prefix);
  const markers = all.filter(({ isMarker, isLatest }) => isMarker && isLatest);
  // Expiry and pgBackRest's own tidying leave markers too; the info files are never deleted by either.
  const firstMs = Math.min(
    ...markers.filter(({ key }) => /\.info(\.copy)?$/.test(key)).map(({ atMs }) => atMs),
  );
  see(
    `the moment found with the reader's keys in ${Math.round(performance.now() - began)} ms: ${markers.length} markers among ${all.length} versions, the first at ${new Date(firstMs).toISOString()}`,
  );
  expect(markers.length).toBeGreaterThanOrEqual(keys.length);
  const alive = new Set(all.filter(({ isMarker }) => !isMarker).map(({ key }) => key));
  expect(keys.filter((key) => !alive.has(key))).toEqual([]);
  await restored(context, "undeleted", id, firstMs - 1000);
});

fault(30, file, async (context) => {
  const { primary, see, undo } = context;
  const id = await known(primary, "before the overwriting");
  const prefix = `epochs/${primary.epoch}/`;
  const writer = await client("writer");
  const admin = await client("admin");
  const since = await currentSegment(primary);
  const keys = await (await offsite("writer")).keys(prefix);
  const garbage = Buffer.from("your files are encrypted\n".repeat(40));
  const startedMs = Date.now();
  undo("the garbage", async () => {
    const later = (await versions("admin", prefix)).filter(
      ({ atMs, bytes, isMarker }) => !isMarker && bytes === garbage.length && atMs >= startedMs - 1000,
    );
    for (const { key, versionId } of later)
      await admin.send(
        new DeleteObjectCommand({
          Bucket: bucket,
          Key: key,
          VersionId: versionId,
          BypassGovernanceRetention: true,
        }),
      );
    await caughtUp(primary, await openRepository(primary), since);
  });
  for (let at = 0; at < keys.length; at += 16)
    await Promise.all(
      keys
        .slice(at, at + 16)
        .map((Key) => writer.send(new PutObjectCommand({ Bucket: bucket, Key, Body: garbage }))),
    );

  const blind = await restoreBeside(primary, { name: "blind" });
  undo("the refused copy", blind.remove);
  expect(blind.status.error ?? "").not.toBe("");
  see(
    `garbage over ${keys.length} objects with the writer's keys; a restore refuses: ${blind.status.error?.slice(0, 200)}`,
  );
  await blind.remove();

  const began = performance.now();
  const all = await versions("reader", prefix);
  // Objects of a repository are written once, but for the info files and the copy of a manifest, which a backup writes
  // when it begins and when it ends: a second version of anything else is not ours. What expiry took away is no version.
  const seen = new Map<string, Version[]>();
  for (const one of all.filter(({ isMarker }) => !isMarker))
    if (!/\.info(\.copy)?$|\/backup\.manifest\.copy$/.test(one.key))
      seen.set(one.key, [...(seen.get(one.key) ?? []), one]);
  const second = [...seen.values()]
    .filter((list) => list.length > 1)
    .flatMap((list) => list.filter(({ isLatest }) => isLatest));
  const firstMs = Math.min(
    ...second.filter(({ atMs }) => atMs >= startedMs - 3_600_000).map(({ atMs }) => atMs),
  );
  see(
    `the moment found with the reader's keys in ${Math.round(performance.now() - began)} ms: ${second.length} objects with a second version, the first at ${new Date(firstMs).toISOString()}`,
  );
  expect(second.length).toBeGreaterThan(keys.length * 0.8);
  await restored(context, "overwritten", id, firstMs - 1000);
});

fault(34, file, async ({ primary, see, undo }) => {
  await backUp(primary, "incr");
  await primary.sql(
    database,
    "drop table if exists orders",
    "create table orders (id bigserial primary key, at timestamptz not null default clock_timestamp())",
  );
  undo("the table", () => primary.sql(database, "drop table if exists orders"));
  for (let at = 0; at < 20; at += 1) await primary.sql(database, "insert into orders default values");
  const [last = "", target = ""] = (
    await primary.sql(database, "select max(at) || '|' || clock_timestamp() from orders")
  ).split("|");
  await sleep(500);
  await primary.sql(database, "drop table orders");
  const after = await mark(primary, "after the bad deploy");
  await caughtUp(primary, await openRepository(primary), await currentSegment(primary));
  const copy = await restoreBeside(primary, {
    name: "before-drop",
    environment: { HF_RECOVERY_KIND: "time", HF_RECOVERY_TARGET: target },
  });
  undo("the copy", copy.remove);
  expect(copy.status.error, copy.log.slice(-3000)).toBeNull();
  const there = await copy.sql("select to_regclass('orders') is not null");
  expect(there, `${target} ${copy.log.slice(-5000)}`).toBe("t");
  expect(await copy.sql("select count(*) from orders")).toBe("20");
  expect(await copy.sql(`select count(*) from marker where id >= ${after}`)).toBe("0");
  const lost = await copy.sql(`select extract(epoch from '${target}'::timestamptz - max(at)) from orders`);
  see(
    `DROP TABLE after ${last}; restored to ${target} in ${copy.seconds} s: all 20 rows, none of later; ${Number(lost).toFixed(3)} s between the last row and the target chosen`,
  );
  expect(Number(lost)).toBeLessThan(2);
});

fault(40, file, async ({ primary, see, undo }) => {
  const id = await known(primary, "before the resets");
  const proxy = await openStoreProxy(layout, ["primary"]);
  undo("the proxy", () => proxy.close());
  await proxy.control({
    rules: [
      {
        name: "reset",
        methods: ["GET"],
        target: "/(bundle|archive|pg_data)/",
        rate: 0.5,
        times: 8,
        action: { kind: "reset", afterBytes: 100_000 },
      },
    ],
  });
  const copy = await restoreBeside(primary, { name: "resets" });
  undo("the copy", copy.remove);
  const resets = (await proxy.requests()).filter(({ rule }) => rule === "reset");
  expect(copy.status.error, copy.log.slice(-3000)).toBeNull();
  expect(resets.length).toBeGreaterThan(2);
  expect(await copy.sql(`select count(*) from marker where id = ${id}`), copy.log.slice(-6000)).toBe("1");
  expect(copy.status.fallbacks ?? []).toEqual([]);
  const sums = "select md5(string_agg(md5(bytes), '' order by id)) from filler_3";
  expect(await copy.sql(sums)).toBe(await primary.sql(database, sums));
  see(
    `${resets.length} connections reset in the middle of an object; restored in ${copy.seconds} s from ${copy.status.backupSet}, contents equal to the primary's`,
  );
});

fault(41, file, async ({ primary, see, undo }) => {
  await backUp(primary, "full");
  const newest = await backUp(primary, "full");
  await caughtUp(primary, await openRepository(primary), await currentSegment(primary));
  const proxy = await openStoreProxy(layout, ["primary"]);
  undo("the proxy", () => proxy.close());
  for (const [what, action] of [
    ["one byte of each object turned over", { kind: "garble", at: 5000 }],
    ["each object cut off after 5000 bytes", { kind: "truncate", keepBytes: 5000 }],
  ] as const) {
    await proxy.control({
      rules: [{ name: "body", methods: ["GET"], target: `/${newest}/bundle/`, action }],
    });
    const copy = await restoreBeside(primary, { name: action.kind, timeoutSeconds: 400 });
    undo("the copy", copy.remove);
    const harmed = (await proxy.requests()).filter(({ rule }) => rule === "body").length;
    expect(harmed).toBeGreaterThan(0);
    if (action.kind === "truncate") {
      // The connection's trouble, not the set's: tried again, then refused with the reason, never taken for whole.
      see(`${what} (${harmed} answers): refused: ${copy.status.error?.slice(0, 200)}`);
      expect(copy.status.error ?? "", copy.log.slice(-3000)).toMatch(/restore failed: \[\d{3}\]/);
      expect(copy.status.phase).not.toBe("ready");
    } else {
      expect(copy.status.error, copy.log.slice(-3000)).toBeNull();
      expect(copy.status.backupSet).not.toBe(newest);
      expect(JSON.stringify(copy.status.fallbacks)).toContain(newest);
      expect(await copy.sql("select count(*) from filler_1")).toBe("2000");
      see(
        `${what} (${harmed} answers): ${JSON.stringify(copy.status.fallbacks).slice(0, 220)}; restored from ${copy.status.backupSet} in ${copy.seconds} s`,
      );
    }
    await copy.remove();
  }
});

fault(54, file, async ({ primary, see, undo }) => {
  await known(primary, "the last row before the target");
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  const targets = [
    ["time", "--to-time", `${tomorrow.slice(0, 19).replace("T", " ")}+00`, /future|past the archive's end/],
    ["lsn", "--to-lsn", "FFFF/0", /past the archive's end/],
  ] as const;
  for (const [kind, flag, target, words] of targets) {
    const refused = await holdfast([
      "restore",
      "--to",
      "past-the-end",
      flag,
      kind === "time" ? tomorrow : target,
    ]);
    expect(refused.exitCode, refused.stderr).toBe(2);
    expect(refused.stderr).toMatch(words);
    // Past the command, as the pod's script meets it: nothing may be served that is not what was asked for.
    const copy = await restoreBeside(primary, {
      name: `past-${kind}`,
      environment: { HF_RECOVERY_KIND: kind, HF_RECOVERY_TARGET: target },
    });
    undo(`the copy past ${kind}`, copy.remove);
    expect(copy.status.phase).not.toBe("ready");
    expect(copy.status.error, copy.log.slice(-3000)).toMatch(
      /recovery ended before configured recovery target was reached|past the archive's end|lies in the future/,
    );
    see(`${kind} ${target}: refused with status 2 before anything is made; in the pod: ${copy.status.error}`);
  }
});
