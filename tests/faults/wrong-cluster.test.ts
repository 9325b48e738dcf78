// Who may not archive into an epoch's path: another version's cluster, a foreign one, and root. Faults 15-17 on the
// running lab, with the product's own scripts, configs and keys. Does not prove a real pg_upgrade: no image has a
// second PostgreSQL, so the control file and the segment are rewritten as PostgreSQL 17 writes them.
import { expect } from "vitest";
import { switchSegment } from "./support/archive.ts";
import { fault } from "./support/fault.ts";
import { backUp } from "./support/jobs.ts";
import { asRootBeside, processesOf } from "./support/node.ts";
import { asVersion17, controlVersion } from "./support/pg-control.ts";
import { removePod, scratchPod } from "./support/pods.ts";
import { database, type ExecOutcome } from "./support/primary.ts";
import { openRepository } from "./support/repository.ts";
import { until } from "./support/until.ts";

const push = `touch "$HF_STATE/archive-open" && cd "$PGDATA" && /holdfast/bin/archive-push`;
/** By itself, or inside error 103: of the repositories that are asked, here one, none is a valid one. */
const mismatch = /ERROR: \[0(28|44|45)\]|ERROR: \[103\].*\[ArchiveMismatchError\]/;
const environment = { HF_STATE: "/run/holdfast" };

fault(15, import.meta.filename, async ({ primary, see, undo }) => {
  const repository = await openRepository(primary);
  undo("pod fault-15", () => removePod(primary, "fault-15"));
  const shell = await scratchPod(primary, "fault-15", { environment });
  const base64 = async (command: string): Promise<Buffer> => {
    const result = await primary.exec("postgres", ["sh", "-c", command]);
    expect(result.exitCode, result.stderr).toBe(0);
    return Buffer.from(result.stdout, "base64");
  };
  const control = await base64(`base64 "$PGDATA/global/pg_control"`);
  expect(controlVersion(control)).toBe(1800);
  const upgraded = asVersion17(control);
  const segment = await switchSegment(primary);
  const put = (bytes: Buffer, path: string) =>
    shell([
      "sh",
      "-c",
      `mkdir -p "$PGDATA/global" "$PGDATA/pg_wal/archive_status" && echo ${bytes.toString("base64")} | base64 -d >"$PGDATA/${path}"`,
    ]);
  await put(upgraded, "global/pg_control");
  // The page magic is a segment's first two bytes: D118 is PostgreSQL 18's, D116 is 17's.
  const first = await base64(`head -c 8192 "$PGDATA/pg_wal/${segment}" | base64`);
  expect(first.readUInt16LE(0)).toBe(0xd118);
  first.writeUInt16LE(0xd116, 0);
  await put(first, `pg_wal/${segment}`);
  const before = (await repository.segments()).length;
  // As PostgreSQL marks it: the asynchronous push takes what is ready, and an empty list is an assertion of its own.
  const result = await shell([
    "sh",
    "-c",
    `truncate -s 16M "$PGDATA/pg_wal/${segment}" && touch "$PGDATA/pg_wal/archive_status/${segment}.ready" && ${push} pg_wal/${segment}`,
  ]);
  expect(result.exitCode).not.toBe(0);
  const said = words(result);
  expect(said).toMatch(mismatch);
  expect(said).toMatch(/version 17/);
  expect(said).toMatch(/version 18/);
  expect((await repository.segments()).length - before).toBeLessThanOrEqual(1); // the primary's own
  see(`refused: ${said.slice(0, 260)}`);
});

fault(16, import.meta.filename, async ({ primary, see, undo }) => {
  const repository = await openRepository(primary);
  const before = await repository.segments();
  undo("pod fault-16", () => removePod(primary, "fault-16"));
  const shell = await scratchPod(primary, "fault-16", { environment });
  const started = await shell([
    "sh",
    "-c",
    `touch "$HF_STATE/archive-open" && initdb --pgdata="$PGDATA" --username=postgres --data-checksums >/dev/null &&
     pg_ctl start --wait --log=/tmp/foreign.log -o "-c listen_addresses= -c unix_socket_directories=/run/postgresql -c archive_mode=on -c archive_command='/holdfast/bin/archive-push %p'" >/dev/null 2>&1 &&
     psql -qAtX -d postgres -c "create table t ()" -c "select system_identifier from pg_control_system()" -c "select pg_switch_wal()" </dev/null`,
  ]);
  expect(started.exitCode, started.stderr).toBe(0);
  const foreign = started.stdout.split("\n")[0];
  const log = await until("the push to be refused", "logged", async () => {
    const { stdout } = await shell(["cat", "/tmp/foreign.log"]);
    return /ERROR: \[\d+\]/.test(stdout) && stdout.includes("archive command failed")
      ? { done: stdout }
      : { notYet: stdout.slice(-300) };
  });
  const refused = log.slice(log.indexOf("ERROR: [")).replaceAll(/\s+/g, " ");
  expect(refused).toMatch(mismatch);
  expect(refused).toContain(`system-id ${foreign}`);
  const stanza = await shell([
    "pgbackrest",
    "--config=/etc/holdfast/pgbackrest/archive-offsite.conf",
    "--stanza=main",
    "stanza-create",
  ]);
  expect(stanza.exitCode).toBe(28);
  const archived = (
    await shell([
      "psql",
      "-qAtX",
      "-d",
      "postgres",
      "-c",
      "select archived_count, failed_count > 0 from pg_stat_archiver",
    ])
  ).stdout;
  expect(archived.trim()).toBe("0|t");
  // A fresh cluster's segments have the lowest numbers: whatever is new is the primary's own.
  const fresh = (await repository.segments()).filter((name) => !before.includes(name));
  expect(fresh.filter((name) => name <= (before.at(-1) ?? ""))).toEqual([]);
  see(`push refused: ${refused.slice(0, 220)}; stanza-create refused with 028`);
});

fault(17, import.meta.filename, async ({ primary, see }) => {
  const uid = await primary.kubectl(["get", "pod", "database-0", "--output=jsonpath={.metadata.uid}"]);
  const pid = (await processesOf(uid, /^pgbackrest .*\bserver\b/))[0]?.pid ?? 0;
  const config = ["--config=/etc/holdfast/pgbackrest/archive-offsite.conf", "--stanza=main"];
  const refusals: string[] = [];
  for (const command of [
    ["backup"],
    ["archive-push", "pg_wal/000000010000000000000001"],
    ["expire"],
    ["stanza-create"],
  ]) {
    const result = await asRootBeside(pid, ["pgbackrest", ...config, ...command]);
    expect(result.exitCode, result.output).toBe(31);
    expect(result.output).toContain(`the '${command[0]}' command must not be run as the root user`);
    refusals.push(command[0] ?? "");
  }
  // The latest set must know the database that is restored.
  await backUp(primary, "incr");
  const restored = await asRootBeside(pid, [
    "pgbackrest",
    "--config=/etc/holdfast/pgbackrest/restore-current.conf",
    "--stanza=main",
    "--pg1-path=/tmp/as-root",
    "--lock-path=/tmp/as-root-lock",
    "--spool-path=/tmp/as-root-spool",
    "--log-path=/tmp",
    "--type=none",
    `--db-include=${database}`,
    "restore",
  ]);
  await asRootBeside(pid, ["rm", "-rf", "/tmp/as-root", "/tmp/as-root-lock", "/tmp/as-root-spool"]);
  expect(restored.exitCode, restored.output).toBe(0);
  const pod = primary.kubectl(["create", "-f", "-"], {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "fault-17", labels: { "holdfast.dev/fault": "pod" } },
    spec: {
      containers: [
        {
          name: "main",
          image: "lab.holdfast.test/postgres:lab",
          command: ["true"],
          securityContext: { runAsUser: 0 },
        },
      ],
    },
  });
  await expect(pod).rejects.toThrow(/violates PodSecurity "restricted/);
  see(
    `error 031 from ${refusals.join(", ")}; restore as root works; a pod with uid 0 is refused by Pod Security`,
  );
});

function words({ stdout, stderr }: ExecOutcome): string {
  const text = `${stdout}${stderr}`;
  return text.slice(Math.max(0, text.indexOf("ERROR"))).replaceAll(/\s+/g, " ");
}
