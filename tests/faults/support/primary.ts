import { join } from "node:path";
import { execa } from "execa";
import { kubectlFor } from "../../lab/support/namespace.ts";
import { layout } from "../../lab/support/places.ts";
import { openPorts, stackUp } from "./stack-up.ts";
import { until } from "./until.ts";

/** The living primary of the lab, with a little data of the faults' own in it. */
export interface Primary {
  readonly epoch: number;
  /** For the namespace of the database. */
  kubectl(args: readonly string[], input?: unknown): Promise<string>;
  /** In the database's pod; a status other than 0 is an answer too. */
  exec(container: Container, command: readonly string[]): Promise<ExecOutcome>;
  /** As superuser, over the pod's own socket; one value a row, fields joined by "|". */
  sql(database: string, ...statements: readonly string[]): Promise<string>;
}

export type Container = "postgres" | "steward" | "pgbackrest";

export interface ExecOutcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const namespace = "holdfast";
export const database = "faults";
const pod = "database-0";

let living: Promise<Primary> | undefined;

/** Brings it up where there is none: the offsite stack, the primary's, and the data. Once a process. */
export function livingPrimary(progress: (what: string) => void): Promise<Primary> {
  living ??= bringUp(progress).catch((error: unknown) => {
    living = undefined;
    throw error;
  });
  return living;
}

async function bringUp(progress: (what: string) => void): Promise<Primary> {
  const signal = AbortSignal.timeout(900_000);
  const ports = await openPorts();
  let epoch = await ports.epoch.read(signal).catch(() => null);
  if (epoch !== null && epoch.holder !== "primary")
    throw new Error(`${epoch.holder} is active: these faults want an active primary (make lab-down first)`);
  if (epoch === null) {
    for (const stack of ["offsite", "primary"]) {
      progress(`pulumi up of ${stack}`);
      await stackUp(ports, { stack }, signal);
    }
    epoch = await ports.epoch.read(signal);
  }
  if (epoch === null) throw new Error("no epoch after the primary's up");
  const primary = primaryOf(epoch.epoch);
  await waitReady(primary);
  await stopSchedules(primary);
  await seed(primary, progress);
  return primary;
}

function primaryOf(epoch: number): Primary {
  const kubectl = kubectlFor("primary", namespace);
  const exec: Primary["exec"] = async (container, command) => execIn(pod, container, command);
  return {
    epoch,
    kubectl,
    exec,
    sql: async (name, ...statements) => {
      const result = await exec("postgres", [
        "psql",
        "--no-psqlrc",
        "--quiet",
        "--no-align",
        "--tuples-only",
        "--set=ON_ERROR_STOP=1",
        `--dbname=${name}`,
        ...statements.map((statement) => `--command=${statement}`),
      ]);
      if (result.exitCode !== 0) throw new Error(`psql: ${result.stderr.trim()}`);
      return result.stdout.trim();
    },
  };
}

/** A command in a pod's container. */
export async function execIn(
  name: string,
  container: string,
  command: readonly string[],
): Promise<ExecOutcome> {
  const result = await execa(
    join(layout.bin, "kubectl"),
    [
      `--kubeconfig=${layout.kubeconfig("primary")}`,
      `--namespace=${namespace}`,
      "exec",
      name,
      `--container=${container}`,
      "--",
      ...command,
    ],
    { reject: false, stdin: "ignore", timeout: 300_000 },
  );
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}

/** Serving, promoted and prepared: what readiness says. */
export async function waitReady(primary: Primary): Promise<void> {
  await until("database-0 ready", "primary", async () => {
    const text = await primary
      .kubectl(["get", "pod", pod, "--output=jsonpath={.status.containerStatuses[*].ready}"])
      .catch((error: unknown) => String(error));
    if (!/^true( true)*$/.test(text)) return { notYet: text };
    const answer = await primary.sql("postgres", "select 1").catch((error: unknown) => String(error));
    return answer === "1" ? { done: undefined } : { notYet: answer };
  });
}

/** The stack's own schedule would make sets between the tests' own. */
async function stopSchedules(primary: Primary): Promise<void> {
  const names = (await primary.kubectl(["get", "cronjob", "--output=name"])).split("\n").filter(Boolean);
  for (const name of names) await primary.kubectl(["patch", name, '--patch={"spec":{"suspend":true}}']);
}

export const tables = 24;
const rowsOfTable = 2000;

/** 390 MB in many files that do not compress, so that a backup takes seconds and its percentage moves evenly. */
async function seed(primary: Primary, progress: (what: string) => void): Promise<void> {
  const there = await primary.sql(
    "postgres",
    `select count(*) from pg_database where datname = '${database}'`,
  );
  if (there === "0") await primary.sql("postgres", `create database ${database}`);
  const whole = await primary.sql(database, "select to_regclass('whole') is not null");
  if (whole === "t") return;
  progress("seeding 390 MB");
  await primary.sql(
    database,
    "create table if not exists marker (id bigserial primary key, what text not null, at timestamptz not null default now())",
    `do $$ begin for t in 1..${tables} loop
      execute format('drop table if exists filler_%s', t);
      execute format('create table filler_%s (id int primary key, bytes bytea not null)', t);
      execute format('alter table filler_%s alter bytes set storage external', t);
      execute format('insert into filler_%s select i, pg_read_binary_file(''/dev/urandom'', 0, 8000) from generate_series(1, ${rowsOfTable}) i', t);
    end loop; end $$`,
    "create table whole ()",
    "checkpoint",
  );
}

/** A row that only what is restored to after now can have. Returns its number. */
export async function mark(primary: Primary, what: string): Promise<number> {
  const id = await primary.sql(database, `insert into marker (what) values ('${what}') returning id`);
  return Number(id);
}
