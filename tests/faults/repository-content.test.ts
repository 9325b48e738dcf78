// What lies in the offsite repository bent, cut and taken away: faults 18-27 and 33 on the running lab. Damage is done
// to objects with the store administrator's keys and undone from the bucket's own versions; restores are the product's.
// Does not prove what a drill makes of it (tests/faults/plants.test.ts), nor a store that answers wrongly.
import { expect } from "vitest";
import { archiveRoundTrip, switchSegment, waitArchived } from "./support/archive.ts";
import { type FaultContext, fault } from "./support/fault.ts";
import { backUp, jobEnded, removeJob, startBackup } from "./support/jobs.ts";
import { removePod, type SideRestore, scratchPod, sideRestore } from "./support/pods.ts";
import { database, mark, type Primary, waitReady } from "./support/primary.ts";
import { flipBit, openRepository, type Repository } from "./support/repository.ts";

interface Sets {
  readonly repository: Repository;
  readonly previous: string;
  readonly newest: string;
  /** A marker that is in the WAL after the newest set. */
  readonly row: number;
}

/** Two full sets that know nothing of each other, and archived WAL after both. */
async function twoSets(context: FaultContext): Promise<Sets> {
  const { primary } = context;
  const repository = await openRepository(primary);
  const clean = (await repository.info()).sets.filter(({ type, error }) => type === "full" && !error);
  const previous = clean.at(-1)?.label ?? (await backUp(primary, "full"));
  const newest = await backUp(primary, "full");
  const row = await mark(primary, "after both sets");
  await waitArchived(repository, await switchSegment(primary));
  return { repository, previous, newest, row };
}

async function damage(
  { undo }: FaultContext,
  repository: Repository,
  key: string,
  change: (bytes: Buffer) => Buffer,
): Promise<void> {
  const kept = await repository.read(key);
  undo(key, () => repository.write(key, kept));
  await repository.write(key, change(kept));
}

async function takeAway(
  { undo }: FaultContext,
  repository: Repository,
  keys: readonly string[],
): Promise<void> {
  for (const key of keys) undo(key, () => repository.undelete(key));
  await repository.remove(keys);
}

async function objectOf(repository: Repository, set: string, name: RegExp): Promise<string> {
  const found = (await repository.keys(`backup/main/${set}/`)).filter(({ key }) => name.test(key));
  const largest = found.sort((a, b) => b.bytes - a.bytes)[0];
  if (largest === undefined) throw new Error(`set ${set} has no object like ${name}`);
  return largest.key;
}

async function restoreBeside(context: FaultContext, name: string, changes = {}): Promise<SideRestore> {
  context.undo(`pod ${name}`, () => removePod(context.primary, name));
  return sideRestore(context.primary, name, changes);
}

/** pgBackRest's own verify, with the reader's keys. It ends with 0 whatever it finds: its report is the answer. */
async function verify({ primary, undo }: FaultContext, options: readonly string[]): Promise<string> {
  undo("pod fault-verify", () => removePod(primary, "fault-verify"));
  const shell = await scratchPod(primary, "fault-verify");
  const config = "--config=/etc/holdfast/pgbackrest/restore-current.conf";
  const result = await shell([
    "pgbackrest",
    config,
    "--stanza=main",
    "--output=text",
    "--verbose",
    ...options,
    "verify",
  ]);
  return result.stdout + result.stderr;
}

interface Fallback {
  readonly set: string;
  readonly reason: string;
}
const fallbacksOf = (side: SideRestore): readonly Fallback[] =>
  (side.status.fallbacks ?? []) as readonly Fallback[];

/** 18-21 and 26: what could not be restored is said, the set before is, and nothing archived is lost by it. */
async function fallsBack(context: FaultContext, sets: Sets, name: string, reason: RegExp): Promise<void> {
  const side = await restoreBeside(context, name);
  expect(side.state, side.restoreLog.slice(-3000)).toBe("serving");
  const [fallback] = fallbacksOf(side);
  expect(fallback?.set).toBe(sets.newest);
  expect(fallback?.reason).toMatch(reason);
  expect(side.status.backupSet).toBe(sets.previous);
  expect(await side.sql(database, `select count(*) from marker where id = ${sets.row}`)).toBe("1");
  context.see(
    `${sets.previous} restored instead, ${side.seconds.toFixed(0)} s, with all that was archived; said: ${fallback?.reason.slice(0, 160)}`,
  );
}

fault(18, import.meta.filename, async (context) => {
  const sets = await twoSets(context);
  const key = await objectOf(sets.repository, sets.newest, /\/bundle\/\d+$/);
  await damage(context, sets.repository, key, flipBit);
  const report = await verify(context, [`--set=${sets.newest}`]);
  expect(report).toMatch(new RegExp(`backup: ${sets.newest}, status: invalid`));
  context.see(`verify: ${/status: invalid.*\n.*(checksum invalid: \d+)/.exec(report)?.[1]}`);
  await fallsBack(context, sets, "fault-18", /checksum|corruption|format|crypto|flush/i);
});

fault(19, import.meta.filename, async (context) => {
  const sets = await twoSets(context);
  const key = await objectOf(sets.repository, sets.newest, /\.pgbi$/);
  await damage(context, sets.repository, key, flipBit);
  const report = await verify(context, [`--set=${sets.newest}`]);
  expect(report).toMatch(new RegExp(`backup: ${sets.newest}, status: invalid`));
  context.see(`verify: ${/status: invalid.*\n.*(checksum invalid: \d+)/.exec(report)?.[1]}`);
  await fallsBack(context, sets, "fault-19", /checksum|corruption|format|crypto|flush/i);
});

fault(20, import.meta.filename, async (context) => {
  const sets = await twoSets(context);
  const key = await objectOf(sets.repository, sets.newest, /\.pgbi$/);
  await damage(context, sets.repository, key, (bytes) => bytes.subarray(0, -1024));
  const report = await verify(context, [`--set=${sets.newest}`]);
  expect(report).toMatch(new RegExp(`backup: ${sets.newest}, status: invalid`));
  context.see(`verify: ${/status: invalid.*\n.*?(\w+ invalid: \d+|missing: [1-9]\d*)/.exec(report)?.[1]}`);
  await fallsBack(context, sets, "fault-20", /checksum|corruption|format|crypto|flush|eof|size/i);
});

fault(21, import.meta.filename, async (context) => {
  const sets = await twoSets(context);
  const key = await objectOf(sets.repository, sets.newest, /\.pgbi$/);
  await takeAway(context, sets.repository, [key]);
  const report = await verify(context, [`--set=${sets.newest}`]);
  expect(report).toMatch(/missing: [1-9]/);
  context.see(`verify: ${/missing: [1-9]\d*/.exec(report)?.[0]}`);
  await fallsBack(context, sets, "fault-21", new RegExp(`missing file '[^']*${key.split("/").at(-1)}'`));
});

/** The steward makes a full backup by itself where something is missing: here it is seen what there is without it. */
async function holdSteward({ primary, undo }: FaultContext): Promise<void> {
  const signal = (name: "STOP" | "CONT", before = "") =>
    primary.exec("steward", ["bash", "-c", `${before}kill -${name} $(cat /proc/1/task/1/children)`]);
  // Not amid such a backup: it would keep the lock.
  const held = await signal("STOP", "while grep -qsa 'type=[f]ull' /proc/[0-9]*/cmdline; do sleep 1; done; ");
  expect(held.exitCode, held.stderr).toBe(0);
  undo("the steward", () => signal("CONT"));
}

fault(22, import.meta.filename, async (context) => {
  const { see } = context;
  const sets = await twoSets(context);
  await holdSteward(context);
  const set = (await sets.repository.info()).sets.at(-1);
  const segment = set?.walStart ?? "";
  await takeAway(context, sets.repository, [await sets.repository.keyOfSegment(segment)]);
  const report = await verify(context, []);
  see(`verify says: ${report.trim().split("\n").slice(0, 3).join(" / ").slice(0, 200)}`);
  const side = await restoreBeside(context, "fault-22");
  expect(side.state, side.postgresLog.slice(-2000)).not.toBe("serving");
  const said =
    // A client that was too early is no end.
    /^.*(?:FATAL|PANIC): (?! *the database system is).*$/m.exec(side.postgresLog)?.[0] ??
    side.restoreLog.split("\n").find((line) => line.startsWith("refused")) ??
    "";
  expect(said).toMatch(/could not locate|end of online backup|required checkpoint|missing|WAL/i);
  see(`${side.state}: ${said.replace(/^.*?(FATAL|PANIC|refused)/, "$1").slice(0, 160)}`);
});

fault(23, import.meta.filename, async (context) => {
  const { primary, see } = context;
  const sets = await twoSets(context);
  const lost = await mark(primary, "in the missing segment");
  const victim = await switchSegment(primary);
  const after = await mark(primary, "after the missing segment");
  const last = await switchSegment(primary);
  await waitArchived(sets.repository, last);
  await takeAway(context, sets.repository, [await sets.repository.keyOfSegment(victim)]);
  const side = await restoreBeside(context, "fault-23");
  expect(side.state, side.restoreLog + side.postgresLog).toBe("serving");
  const here = await side.sql(
    database,
    `select string_agg(id::text, ',' order by id) from marker where id in (${sets.row}, ${lost}, ${after})`,
  );
  expect(here).toBe(String(sets.row));
  const recovered = String(side.status.recoveredLsn);
  const below = await side.sql(database, `select '${recovered}'::pg_lsn < '${lsnOf(last)}'::pg_lsn`);
  expect(below).toBe("t");
  see(
    `recovery ended at ${recovered}, before ${victim}, though ${last} is archived: status.json says where, the two markers after it are not there`,
  );
});

fault(24, import.meta.filename, async (context) => {
  const { primary, see } = context;
  const sets = await twoSets(context);
  const victim = await switchSegment(primary);
  await archiveRoundTrip(primary, sets.repository, "after the corrupt segment");
  await damage(context, sets.repository, await sets.repository.keyOfSegment(victim), flipBit);
  const side = await restoreBeside(context, "fault-24", {
    environment: { HF_GET_RETRIES: "2", HF_GET_PAUSE: "1" },
  });
  expect(side.state, side.postgresLog.slice(-2000)).toBe("stopped");
  expect(side.postgresLog).toMatch(
    new RegExp(`archive-get.sh: ${victim} from restore-current: pgBackRest's error`),
  );
  const cause = /^.*ERROR: \[\d+\].*\n.*$/m.exec(side.postgresLog)?.[0].replace(/^.*?ERROR/, "ERROR") ?? "";
  const end = /^.*FATAL: .*$/m.exec(side.postgresLog)?.[0].replace(/^.*?FATAL/, "FATAL");
  expect(end).toBeDefined();
  see(`stopped, not promoted: ${cause.slice(0, 200)}; ${end}`);
});

fault(25, import.meta.filename, async (context) => {
  const { primary, see, undo } = context;
  const sets = await twoSets(context);
  await holdSteward(context);
  await takeAway(context, sets.repository, ["backup/main/backup.info"]);
  const withCopy = await restoreBeside(context, "fault-25-copy");
  expect(withCopy.state, withCopy.restoreLog).toBe("serving");
  expect(withCopy.status.backupSet).toBe(sets.newest);
  see("backup.info lost: its copy was used");
  await takeAway(context, sets.repository, ["backup/main/backup.info.copy"]);
  const refused = await restoreBeside(context, "fault-25-none");
  expect(refused.state).toBe("refused");
  const advice = /--repo=1 --repo-target-time=\\?"([^"\\]+)\\?"/.exec(refused.restoreLog);
  expect(refused.restoreLog).toMatch(/holds? .*no backup set.*delete markers since/);
  expect(advice).not.toBeNull();
  see(`both lost: refused, and the way out named: --repo-target-time="${advice?.[1]}"`);
  undo("pod fault-25-way", () => removePod(primary, "fault-25-way"));
  const shell = await scratchPod(primary, "fault-25-way");
  const way = await shell([
    "pgbackrest",
    "--config=/etc/holdfast/pgbackrest/restore-current.conf",
    "--stanza=main",
    "--repo=1",
    `--repo-target-time=${advice?.[1]}`,
    "--log-level-console=info",
    "restore",
  ]);
  expect(way.exitCode, way.stdout + way.stderr).toBe(0);
  expect(way.stdout).toContain(sets.newest);
  see(`that restored ${sets.newest}`);
});

fault(26, import.meta.filename, async (context) => {
  const { see } = context;
  const sets = await twoSets(context);
  const manifest = `backup/main/${sets.newest}/backup.manifest`;
  await damage(context, sets.repository, manifest, flipBit);
  const withCopy = await restoreBeside(context, "fault-26-copy");
  expect(withCopy.state, withCopy.restoreLog).toBe("serving");
  expect(withCopy.status.backupSet).toBe(sets.newest);
  see("manifest corrupt: its copy was used");
  await damage(context, sets.repository, `${manifest}.copy`, flipBit);
  const report = await verify(context, [`--set=${sets.newest}`]);
  expect(report).toMatch(new RegExp(`backup: ${sets.newest}, status: (invalid|missing manifest)|manifest`));
  await fallsBack(context, sets, "fault-26", /manifest/i);
});

fault(27, import.meta.filename, async (context) => {
  const { primary, see, undo } = context;
  const name = "fault-27-config";
  const { data } = JSON.parse(
    await primary.kubectl(["get", "secret", await configSecret(primary), "--output=json"]),
  ) as {
    data: Record<string, string>;
  };
  const wrong = Object.fromEntries(
    Object.entries(data).map(([file, text]) => {
      const plain = Buffer.from(text, "base64").toString();
      return [
        file,
        plain.replace(/^repo1-cipher-pass=.*$/m, "repo1-cipher-pass=not the passphrase of this repository"),
      ];
    }),
  );
  undo(`secret ${name}`, () => primary.kubectl(["delete", "secret", name, "--ignore-not-found"]));
  await primary.kubectl(["create", "-f", "-"], {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    stringData: wrong,
  });
  undo("pod fault-27-shell", () => removePod(primary, "fault-27-shell"));
  const shell = await scratchPod(primary, "fault-27-shell", { configSecret: name });
  const started = performance.now();
  const script = await shell([
    "bash",
    "-c",
    "/holdfast/bin/restore; status=$?; cat /var/lib/postgresql/data/holdfast-marker.json 2>/dev/null; ls -A $PGDATA 2>/dev/null | wc -l; exit $status",
  ]);
  const seconds = (performance.now() - started) / 1000;
  expect(script.exitCode, script.stderr).toBe(1);
  expect(script.stderr).toMatch(/refused: .*(cipher|key|decrypt|format)/i);
  expect(seconds).toBeLessThan(5);
  expect(script.stdout).not.toContain("complete");
  expect(script.stdout.trim().split("\n").at(-1)).toBe("0");
  const side = await restoreBeside(context, "fault-27", { configSecret: name });
  expect(side.state).toBe("refused");
  see(
    `refused after ${seconds.toFixed(1)} s, nothing written: ${/refused: .*/.exec(script.stderr)?.[0].slice(0, 200)}`,
  );
});

async function configSecret(primary: Primary): Promise<string> {
  return primary.kubectl([
    "get",
    "statefulset",
    "database",
    '--output=jsonpath={.spec.template.spec.volumes[?(@.name=="config")].secret.secretName}',
  ]);
}

fault(33, import.meta.filename, async (context) => {
  const { primary, see, undo } = context;
  const sets = await twoSets(context);
  undo("table victim", async () => {
    await primary.sql(database, "drop table if exists victim");
    // The gate asks for a clean set, and a later test for a newest one that is.
    await backUp(primary, "full");
  });
  await primary.sql(
    database,
    "create table victim as select i, md5(i::text) as text from generate_series(1, 60000) i",
    "checkpoint",
  );
  const before = await backUp(primary, "full");
  const file = await primary.sql(database, "select pg_relation_filepath('victim')");
  // The pages must come from disk again, and not be written over from memory.
  await primary.exec("postgres", ["pg_ctl", "stop", "--mode=fast", "--no-wait"]);
  await waitReady(primary);
  const bent = await primary.exec("postgres", [
    "sh",
    "-c",
    `printf '%064d' 0 | dd of="$PGDATA/${file}" bs=1 seek=$((8192 * 200 + 4000)) conv=notrunc`,
  ]);
  expect(bent.exitCode, bent.stderr).toBe(0);
  const job = await startBackup(primary, "full");
  undo(`job ${job}`, () => removeJob(primary, job));
  const end = await jobEnded(primary, job);
  expect(end.succeeded, end.log).toBe(false);
  // One line: a second try would only make another damaged set.
  expect(end.lines).toMatchObject([{ outcome: "damaged", damaged: [file], newestClean: before }]);
  expect(end.log).toContain("invalid page checksum found in file");
  const damaged = end.lines[0]?.label;
  const set = (await sets.repository.info()).sets.find(({ label }) => label === damaged);
  expect(set?.error).toBe(true);
  const check = await primary.exec("postgres", [
    "pg_amcheck",
    "--install-missing",
    `--database=${database}`,
    "--table=victim",
  ]);
  expect(check.exitCode).not.toBe(0);
  expect(check.stdout + check.stderr).toMatch(/invalid page|could not read|checksum/i);
  see(
    `job: damaged, ${file}; the repository marks ${damaged}; pg_amcheck: ${/invalid page[^\n]*/.exec(check.stdout + check.stderr)?.[0]}`,
  );
  await archiveRoundTrip(primary, sets.repository, "after the damaged set");
  const side = await restoreBeside(context, "fault-33");
  expect(side.state, side.restoreLog).toBe("serving");
  expect(side.status.backupSet).toBe(before);
  expect(fallbacksOf(side)).toMatchObject([
    { set: damaged, reason: expect.stringMatching(/page|checksum|damaged/i) },
  ]);
  expect(await side.sql(database, "select count(*) from victim")).toBe("60000");
  see(`the restore took ${before}, the newest clean one, and said why; all 60000 rows are readable`);
});

/** Where a segment of 16 MiB begins. */
function lsnOf(segment: string): string {
  const offset = Number.parseInt(segment.slice(16), 16) * 2 ** 24;
  return `${Number.parseInt(segment.slice(8, 16), 16).toString(16)}/${offset.toString(16)}`.toUpperCase();
}
