// Backups and the archive killed, doubled and starved on the running lab: faults 1-8, 10, 12. Each is done to the
// stack's own jobs and pods. Does not prove what an unreachable or failing store does, nor that an alert fires.
import { expect } from "vitest";
import { archiveRoundTrip, gapsIn, switchSegment, waitArchived } from "./support/archive.ts";
import { type FaultContext, fault } from "./support/fault.ts";
import {
  type BackupType,
  backUp,
  jobEnded,
  logOf,
  podEnded,
  podsOf,
  removeJob,
  startBackup,
} from "./support/jobs.ts";
import { asRootBeside, atPercent, kill, onNode, processesOf } from "./support/node.ts";
import { removePod, scratchPod, sideRestore } from "./support/pods.ts";
import { database, mark, type Primary, waitReady } from "./support/primary.ts";
import { openRepository, type Repository } from "./support/repository.ts";
import { until } from "./support/until.ts";

const labels = async (repository: Repository): Promise<readonly string[]> =>
  (await repository.info()).sets.map(({ label }) => label);

const newestOf = async (repository: Repository): Promise<string> => (await labels(repository)).at(-1) ?? "";

/** A job of its own, taken away at the end whatever happens. */
async function begin({ primary, undo }: FaultContext, type: BackupType): Promise<string> {
  const job = await startBackup(primary, type);
  undo(`job ${job}`, () => removeJob(primary, job));
  return job;
}

const uidOfFirstPod = (primary: Primary, job: string) => async (): Promise<string | undefined> =>
  (await podsOf(primary, job))[0]?.uid;

/** The newest set restores beside the primary, with a row that was archived after it. */
async function restores(context: FaultContext, name: string): Promise<string> {
  const { primary, undo } = context;
  const repository = await openRepository(primary);
  const row = await mark(primary, `before the restore ${name}`);
  await waitArchived(repository, await switchSegment(primary));
  undo(`pod ${name}`, () => removePod(primary, name));
  const side = await sideRestore(primary, name);
  expect(side.state, side.restoreLog + side.postgresLog).toBe("serving");
  expect(await side.sql(database, `select count(*) from marker where id = ${row}`)).toBe("1");
  return String(side.status.backupSet);
}

async function databasePodUid(primary: Primary): Promise<string> {
  return primary.kubectl(["get", "pod", "database-0", "--output=jsonpath={.metadata.uid}"]);
}

const gate = "/run/holdfast/archive-open";

/** The archive command fails until it is opened again. */
async function shutGate(context: FaultContext): Promise<() => Promise<void>> {
  const { primary, undo } = context;
  const move = async (from: string, to: string): Promise<void> => {
    await primary.exec("postgres", ["sh", "-c", `test ! -e ${from} || mv ${from} ${to}`]);
  };
  const open = () => move(`${gate}.held`, gate);
  await move(gate, `${gate}.held`);
  undo("the archive's gate", open);
  return open;
}

fault(1, import.meta.filename, async (context) => {
  const { primary, see } = context;
  const repository = await openRepository(primary);
  for (const wanted of [10, 50, 90]) {
    const before = await labels(repository);
    const job = await begin(context, "full");
    const { main, percent } = await atPercent(uidOfFirstPod(primary, job), wanted);
    kill(main.pid);
    const first = await podEnded(primary, job);
    // While the job waits for its second try.
    expect(await labels(repository)).toEqual(before);
    expect(first.phase).toBe("Failed");
    expect(await logOf(primary, first.name)).toMatch(/"outcome":"failed",.*"status":137\b/);
    await archiveRoundTrip(primary, repository, `killed at ${wanted} %`);
    const end = await jobEnded(primary, job);
    expect(end.succeeded, end.log).toBe(true);
    const again = end.lines.at(-1);
    // "skipped" would say that the killed one's lock is still held.
    expect(again?.outcome, end.log).toBe("done");
    expect(await labels(repository)).toEqual([...before, again?.label]);
    see(
      `killed at ${percent} %: failed with 137, no new set, archive went on; next run made ${again?.label}`,
    );
  }
});

fault(2, import.meta.filename, async (context) => {
  const { primary, see } = context;
  const repository = await openRepository(primary);
  const before = await labels(repository);
  const job = await begin(context, "full");
  const uid = uidOfFirstPod(primary, job);
  const { percent } = await atPercent(uid, 30);
  const workers = await processesOf((await uid()) ?? "", /backup:local/);
  expect(workers.length).toBeGreaterThan(0);
  kill(workers[0]?.pid ?? 0);
  const first = await podEnded(primary, job);
  expect(await labels(repository)).toEqual(before);
  expect(first.phase).toBe("Failed");
  const said = /"outcome":"failed",.*"status":(\d+)/.exec(await logOf(primary, first.name));
  expect(said).not.toBeNull();
  const end = await jobEnded(primary, job);
  expect(end.lines.at(-1)?.outcome, end.log).toBe("done");
  see(
    `worker killed at ${percent} %: the job failed with ${said?.[1]}, no new set; its next try made ${end.lines.at(-1)?.label}`,
  );
});

fault(3, import.meta.filename, async (context) => {
  const { primary, see } = context;
  const repository = await openRepository(primary);
  const before = await labels(repository);
  const job = await begin(context, "full");
  const { percent } = await atPercent(uidOfFirstPod(primary, job), 30);
  await primary.exec("postgres", ["pg_ctl", "stop", "--mode=immediate", "--no-wait"]);
  const first = await podEnded(primary, job);
  // Before its second try; and the repository is asked from the pod that has crashed.
  await removeJob(primary, job);
  await waitReady(primary);
  expect(first.phase).toBe("Failed");
  expect(await labels(repository)).toEqual(before);
  const used = await restores(context, "fault-3");
  expect(used).toBe(before.at(-1));
  see(`crash at ${percent} %: the backup aborted, no new set; ${used} restored`);
});

fault(4, import.meta.filename, async (context) => {
  const { primary, see } = context;
  const repository = await openRepository(primary);
  const before = await labels(repository);
  const job = await begin(context, "full");
  const uid = uidOfFirstPod(primary, job);
  const { main } = await atPercent(uid, 20);
  const open = await shutGate(context);
  const pod = (await podsOf(primary, job))[0]?.name ?? "";
  await until(
    "the backup to wait for its last WAL",
    "backup",
    async () => {
      const log = await logOf(primary, pod);
      return log.includes("check archive for segment(s)") ? { done: undefined } : { notYet: log.slice(-300) };
    },
    200,
  );
  kill(main.pid);
  const first = await podEnded(primary, job);
  expect(first.phase).toBe("Failed");
  expect(await labels(repository)).toEqual(before);
  await removeJob(primary, job);
  const left = (await repository.keys("backup/main/")).filter(({ key }) => /\/backup\.manifest/.test(key));
  const unlisted = left.filter(({ key }) => !before.some((label) => key.includes(label)));
  // The breakpoint was the right one: every file is there, the manifest's final name is not.
  expect(unlisted.map(({ key }) => key.split("/").at(-1))).toEqual(["backup.manifest.copy"]);
  await open();
  const used = await restores(context, "fault-4");
  expect(used).toBe(before.at(-1));
  see(`killed with ${unlisted[0]?.key} alone written: not listed; ${used} restored`);
});

fault(5, import.meta.filename, async (context) => {
  const { primary, see, undo } = context;
  const repository = await openRepository(primary);
  await backUp(primary, "full");
  undo("pod fault-5-expire", () => removePod(primary, "fault-5-expire"));
  // Another host: its locks are its own.
  const elsewhere = await scratchPod(primary, "fault-5-expire");
  const job = await begin(context, "full");
  const { percent } = await atPercent(uidOfFirstPod(primary, job), 30);
  const expire = await elsewhere([
    "pgbackrest",
    "--config=/etc/holdfast/pgbackrest/archive-offsite.conf",
    "--stanza=main",
    "--repo1-retention-full=1",
    "--log-level-console=info",
    "expire",
  ]);
  const during = (await podsOf(primary, job))[0]?.phase;
  expect(expire.exitCode, expire.stdout + expire.stderr).toBe(0);
  expect(expire.stdout).toContain("expire full backup");
  expect(during, "the backup ended before the expire did").toBe("Running");
  const end = await jobEnded(primary, job);
  const label = end.lines.at(-1)?.label;
  expect(
    end.lines.map(({ outcome }) => outcome),
    end.log,
  ).toEqual(["done"]);
  expect(await newestOf(repository)).toBe(label);
  const verify = await elsewhere([
    "pgbackrest",
    "--config=/etc/holdfast/pgbackrest/restore-current.conf",
    "--stanza=main",
    `--set=${label}`,
    "--output=text",
    "--verbose",
    "verify",
  ]);
  expect(verify.stdout).toMatch(new RegExp(`backup: ${label}, status: valid`));
  expect(await restores(context, "fault-5")).toBe(label);
  see(`expire at ${percent} % took the older sets; ${label} was listed, verified and restored`);
});

fault(6, import.meta.filename, async (context) => {
  const { primary, see } = context;
  const first = await begin(context, "full");
  await atPercent(uidOfFirstPod(primary, first), 10);
  const started = performance.now();
  const second = await begin(context, "incr");
  const secondEnd = await jobEnded(primary, second);
  const seconds = (performance.now() - started) / 1000;
  expect(secondEnd.succeeded, secondEnd.log).toBe(true);
  expect(secondEnd.lines).toMatchObject([{ outcome: "skipped", reason: "another backup holds the lock" }]);
  expect(secondEnd.log).toContain("[LockAcquireError]");
  const firstEnd = await jobEnded(primary, first);
  expect(
    firstEnd.lines.map(({ outcome }) => outcome),
    firstEnd.log,
  ).toEqual(["done"]);
  see(
    `error 050 and "skipped" ${seconds.toFixed(0)} s after its job was made; ${firstEnd.lines[0]?.label} undisturbed`,
  );
});

fault(7, import.meta.filename, async (context) => {
  const { primary, see, undo } = context;
  const full = await backUp(primary, "full");
  const job = await begin(context, "full");
  const { main } = await atPercent(uidOfFirstPod(primary, job), 50);
  kill(main.pid);
  await podEnded(primary, job);
  await removeJob(primary, job);
  const diff = await backUp(primary, "diff");
  expect(diff.startsWith(`${full}_`)).toBe(true);
  see(`aborted bundled full, then diff ${diff}`);

  // Bundled sets start over; only an unbundled one is resumed, with deletes of what it had.
  undo("pod fault-7", () => removePod(primary, "fault-7"));
  const shell = await scratchPod(primary, "fault-7");
  const unbundled = [
    "pgbackrest",
    "--config=/etc/holdfast/pgbackrest/job-offsite.conf",
    "--stanza=main",
    // Without bundles there are no blocks either; to say so as well is refused.
    "--no-repo1-bundle",
    "--log-level-console=info",
    "backup",
    "--type=full",
  ];
  const uid = await primary.kubectl(["get", "pod", "fault-7", "--output=jsonpath={.metadata.uid}"]);
  const aborted = shell(unbundled);
  const at = await atPercent(async () => uid, 60);
  kill(at.main.pid);
  expect((await aborted).exitCode).not.toBe(0);
  // The killed one's worker holds the lock until it notices.
  const resumed = await until("the lock to be free", "backup", async () => {
    const tried = await shell(unbundled);
    return tried.exitCode === 50 ? { notYet: "it is held" } : { done: tried };
  });
  expect(resumed.exitCode, resumed.stdout + resumed.stderr).toBe(0);
  expect(resumed.stdout).toContain("resumable backup");
  const second = await backUp(primary, "diff");
  const repository = await openRepository(primary);
  expect(second.startsWith(`${(await labels(repository)).at(-2)}_`)).toBe(true);
  const used = await restores(context, "fault-7-restore");
  expect(used).toBe(second);
  see(`unbundled full killed at ${at.percent} % and resumed, then diff ${second}, which restored`);
});

fault(8, import.meta.filename, async (context) => {
  const { primary, see } = context;
  const repository = await openRepository(primary);
  const uid = await databasePodUid(primary);
  await primary.sql(
    database,
    "create table if not exists churn (bytes bytea)",
    "alter table churn alter bytes set storage external",
  );
  let killed = 0;
  let first = "";
  let last = "";
  for (let round = 0; round < 24; round++) {
    last = (
      await primary.sql(
        database,
        "insert into churn select pg_read_binary_file('/dev/urandom', 0, 8000) from generate_series(1, 900)",
        "select pg_walfile_name(pg_switch_wal())",
      )
    ).trim();
    if (first === "") first = last;
    // The server, and what started it, have the archive command among their arguments.
    for (const { pid } of await processesOf(uid, /^(?!.*archive_command=).*archive-push/)) {
      try {
        kill(pid);
        killed += 1;
      } catch {
        // It had ended by itself: not killed, not counted.
      }
    }
  }
  expect(killed).toBeGreaterThan(3);
  await primary.sql(database, "drop table churn");
  await waitArchived(repository, last);
  // Two are pushed side by side, so a later one may be there first.
  const segments = await until("every segment in the offsite repository", "archived", async () => {
    const stored = (await repository.segments()).filter((segment) => segment >= first && segment <= last);
    const gaps = gapsIn([first, ...stored]);
    return gaps.length === 0 ? { done: stored } : { notYet: `missing: ${gaps.join(", ")}` };
  });
  expect(segments.length).toBeGreaterThanOrEqual(24);
  const twice = await primary.exec("postgres", [
    "sh",
    "-c",
    `cd "$PGDATA" && segment=$(ls pg_wal | grep -E '^[0-9A-F]{24}$' | while read -r one; do [ -e pg_wal/archive_status/$one.done ] && echo $one; done | tail -1) &&
     pgbackrest --config=/etc/holdfast/pgbackrest/archive-offsite.conf --stanza=main --no-archive-async --log-level-console=info archive-push pg_wal/$segment`,
  ]);
  expect(twice.exitCode, twice.stdout + twice.stderr).toBe(0);
  expect(twice.stdout + twice.stderr).toMatch(/already exists.*with the same checksum/);
  see(
    `${killed} processes killed, ${segments.length} segments ${first}..${last} without a gap; pushed twice: accepted`,
  );
});

fault(10, import.meta.filename, async (context) => {
  const { primary, see, undo } = context;
  const repository = await openRepository(primary);
  const claim = await primary.kubectl(["get", "pvc", "--output=json"]);
  const volume = (
    JSON.parse(claim) as { items: { metadata: { name: string }; spec: { volumeName: string } }[] }
  ).items.find(({ metadata }) => metadata.name.includes("database"))?.spec.volumeName;
  const path = JSON.parse(await primary.kubectl(["get", "pv", volume ?? "", "--output=json"])) as {
    spec: { local: { path: string } };
  };
  const data = path.spec.local.path;
  const real = "/run/fault-10";
  const scale = async (replicas: number): Promise<void> => {
    await primary.kubectl(["scale", "statefulset", "database", `--replicas=${replicas}`]);
    if (replicas === 0) await primary.kubectl(["wait", "--for=delete", "pod/database-0", "--timeout=120s"]);
  };
  // The whole volume: kubelet binds it without what is mounted below, so a file system for pg_wal alone would be nobody's.
  // Private: a volume that the new mount reached as well would be copied onto itself.
  const onItsOwn = (size: number): string => `set -e; mkdir -p ${real}; mount --bind ${data} ${real}
    mount --make-private ${real}; mount -t tmpfs -o size=${size}m,mode=2770 fault-10 ${data}; cp -a ${real}/. ${data}/`;
  const back = `set -e; mountpoint -q ${data} || exit 0; test -d ${data}/pgdata/pg_wal
    find ${real} -mindepth 1 -delete; cp -a ${data}/. ${real}/; umount ${data}; umount ${real}; rmdir ${real}`;

  await scale(0);
  undo("the data on its volume", async () => {
    await scale(0);
    await onNode(["sh", "-c", back]);
    await scale(1);
    await waitReady(primary);
  });
  const used = Number(await onNode(["sh", "-c", `du -sm ${data} | cut -f1`]));
  expect(used, "the volume's contents, MiB").toBeLessThan(6000);
  await onNode(["sh", "-c", onItsOwn(used + 96)]);
  await scale(1);
  await waitReady(primary);
  const open = await shutGate(context);
  await primary.sql(database, "create table flood (id bigserial primary key)");
  let acknowledged = 0;
  let refusal = "";
  // A row and 4 MB of WAL that changes no table: a table that cannot grow is an error, and stops nobody.
  while (refusal === "" && acknowledged < 1000) {
    try {
      await primary.sql(
        database,
        "insert into flood default values returning pg_logical_emit_message(true, 'fault', repeat(md5(random()::text), 131072))::text",
      );
      acknowledged += 1;
    } catch (error) {
      refusal = String(error);
    }
  }
  expect(refusal, "pg_wal never filled").not.toBe("");
  const stopped = await until("PostgreSQL to stop on the full volume", "stopped", async () => {
    const logs = `${await primary.kubectl(["logs", "database-0", "--container=postgres", "--previous"]).catch(() => "")}${await primary
      .kubectl(["logs", "database-0", "--container=postgres"])
      .catch(() => "")}`;
    const line = /^.*(PANIC|FATAL):.*No space left on device.*$/m.exec(logs);
    return line === null ? { notYet: logs.slice(-300) } : { done: line[0] };
  });
  see(
    `after ${acknowledged} acknowledged inserts: ${stopped.replace(/^.*?(PANIC|FATAL)/, "$1").slice(0, 160)}`,
  );
  await onNode(["mount", "-o", `remount,size=${used + 2048}m`, data]);
  await until("PostgreSQL with room again", "primary", async () => {
    const answer = await primary.sql("postgres", "select 1").catch((error: unknown) => String(error));
    return answer === "1" ? { done: undefined } : { notYet: answer };
  });
  await open();
  await waitReady(primary);
  const rows = Number(await primary.sql(database, "select count(*) from flood"));
  expect(rows).toBeGreaterThanOrEqual(acknowledged);
  const check = await primary.exec("postgres", [
    "pg_amcheck",
    "--install-missing",
    "--heapallindexed",
    `--database=${database}`,
  ]);
  expect(check.exitCode, check.stdout + check.stderr).toBe(0);
  await archiveRoundTrip(primary, repository, "room again");
  await primary.sql(database, "drop table flood");
  see(`with room again: ${rows} rows of ${acknowledged} acknowledged, pg_amcheck clean, archive drained`);
});

fault(12, import.meta.filename, async (context) => {
  const { primary, see, undo } = context;
  const repository = await openRepository(primary);
  const uid = await databasePodUid(primary);
  const [process] = await processesOf(uid, /^postgres -D|postgres .*-D \S*pgdata/);
  const pid = process?.pid ?? 0;
  const chmod = (mode: string) =>
    asRootBeside(pid, [
      "sh",
      "-c",
      `mkdir -p /var/spool/pgbackrest/archive-offsite && chmod ${mode} /var/spool/pgbackrest /var/spool/pgbackrest/archive-offsite && find /var/spool/pgbackrest -type d -exec chmod ${mode} {} +`,
    ]);
  const failures = async () =>
    Number(await primary.sql("postgres", "select failed_count from pg_stat_archiver"));
  const before = await failures();
  undo("the spool's mode", async () => void (await chmod("2777")));
  const changed = await chmod("0555");
  expect(changed.exitCode, changed.output).toBe(0);
  const since = new Date().toISOString();
  const segment = await switchSegment(primary);
  const line = await until("an error in PostgreSQL's log", "logged", async () => {
    const log = await primary.kubectl([
      "logs",
      "database-0",
      "--container=postgres",
      `--since-time=${since}`,
    ]);
    const found = /^.*ERROR: \[\d+\].*$/m.exec(log);
    return found === null || !log.includes("archive command failed")
      ? { notYet: log.slice(-300) }
      : { done: found[0] };
  });
  expect(await failures()).toBeGreaterThan(before);
  expect((await repository.segments()).at(-1) ?? "").not.toBe(segment);
  await chmod("2777");
  await waitArchived(repository, segment);
  see(
    `${line.replace(/^.*?ERROR/, "ERROR").slice(0, 160)}; failed count ${before} -> ${await failures()}; ${segment} arrived when mended`,
  );
});
