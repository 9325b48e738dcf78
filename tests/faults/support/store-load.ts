import { join } from "node:path";
import { execa } from "execa";
import { layout } from "../../lab/support/places.ts";
import { database, namespace, type Primary } from "./primary.ts";

export interface Load {
  /** Rows that were acknowledged. */
  stop(): Promise<number>;
}

/** Rows that do not compress, one commit each, about two megabytes a second. */
export async function startLoad(primary: Primary): Promise<Load> {
  await primary.sql(
    database,
    "create table if not exists load (id bigserial primary key, at timestamptz not null default clock_timestamp(), bytes bytea)",
  );
  const before = await countRows(primary);
  const script = `while [ ! -e /tmp/load-stop ]; do
    psql -XqAt -d ${database} -c "insert into load (bytes) select pg_read_binary_file('/dev/urandom', 0, 100000) from generate_series(1, 4)" || sleep 0.5
    sleep 0.2
  done`;
  await primary.exec("postgres", ["rm", "-f", "/tmp/load-stop"]);
  const running = execa(
    join(layout.bin, "kubectl"),
    [
      `--kubeconfig=${layout.kubeconfig("primary")}`,
      `--namespace=${namespace}`,
      "exec",
      "database-0",
      "--container=postgres",
      "--",
      "sh",
      "-c",
      script,
    ],
    { reject: false, stdin: "ignore" },
  );
  return {
    async stop() {
      await primary.exec("postgres", ["touch", "/tmp/load-stop"]);
      await running;
      return (await countRows(primary)) - before;
    },
  };
}

async function countRows(primary: Primary): Promise<number> {
  return Number(await primary.sql(database, "select count(*) from load"));
}
