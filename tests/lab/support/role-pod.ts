import { readFileSync } from "node:fs";
import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { paths } from "../../../components/database/paths.ts";
import {
  renderArchiveConfig,
  renderJobConfig,
  renderRecordsConfig,
  renderRestoreConfig,
} from "../../../components/database/pgbackrest-config.ts";
import { readScripts } from "../../../components/database/scripts.ts";
import { documentPaths } from "../../../components/documents/paths.ts";
import { readDocumentScripts } from "../../../components/documents/scripts.ts";
import { tool } from "../../../lab/toolchain/index.ts";
import { planSite } from "../../../plan/index.ts";
import { isRole } from "../../../plan/pod-identities.ts";
import { repositoryOf } from "../../../plan/repositories.ts";
import type { IdentityRef, RoleRef } from "../../../plan/types.ts";
import { loadFile } from "../../config/stack-files.ts";
import type { ImageRoot, Running } from "./image-root.ts";

const { config } = loadFile("examples/aws-route53", "primary");
if (config.kind !== "site") throw new Error("not a site's");
const plan = planSite(config);
export const repository = repositoryOf(plan, "offsite");
export const { documents, jobs, term } = plan;

/** All of the example's are roles. */
function roleOf(identity: IdentityRef): RoleRef {
  if (isRole(identity)) return identity;
  throw new Error("keys, where the example has roles");
}

export const secrets = {
  cipher: "a passphrase",
  writer: roleOf(repository.writer),
  reader: roleOf(repository.reader),
};
const recorderRole = roleOf(jobs.records.recorder);
export const documentsRole = roleOf(documents.offsite.ofServices);
export const [writer, reader, recorder, ofDocuments] = [
  secrets.writer,
  secrets.reader,
  recorderRole,
  documentsRole,
].map(({ role }) => role) as [string, string, string, string];

/** As the cluster would issue them, by account; the trust is the plan's in tests/components/pod-identities.test.ts. */
export const trust: Readonly<Record<string, readonly string[]>> = {
  "token.of.database": [writer, reader],
  "token.of.backup": [writer, recorder],
  "token.of.files": [ofDocuments],
};

/** Of loopback, and nobody else's: ports are the real ones. */
export const [address, databaseAddress] = ["127.43.0.1", "127.43.0.2"];
export const postgres = 999;

export const environment = {
  PATH: "/usr/lib/postgresql/18/bin:/usr/local/bin:/usr/bin:/bin",
  PGDATA: paths.pgData,
  PGHOST: paths.socket,
  HF_SITE: "primary",
  HF_ROLE: "active",
  HF_EPOCH: "1",
  HF_STANZA: repository.stanza,
  HF_CONTROL_URL: `https://${repository.endpoint.host}:443/${term.bucket}`,
  HF_RECORDS_URL: `https://${repository.endpoint.host}:443/${jobs.records.bucket}`,
};

/** The pod's volumes, as components/database/pod.ts mounts them. */
export async function fillPod(pod: ImageRoot, folder: string, hosts: readonly string[]): Promise<void> {
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  await pod.write(
    "etc/hosts",
    `127.0.0.1 localhost\n${databaseAddress} database\n${address} ${hosts.join(" ")}\n`,
    0o444,
  );
  await pod.makeFolders(
    ...[paths.volume, paths.socket, paths.state, paths.lock, paths.spool, paths.log, paths.pgData, "tmp"],
  );
  const scripts = { ...readScripts(), "run.env": "" };
  for (const [name, text] of Object.entries(scripts)) await pod.write(join(paths.bin, name), text, 0o555);
  const configs = {
    archive: renderArchiveConfig(repository, secrets, "/epochs/1"),
    job: renderJobConfig(repository, secrets, "/epochs/1"),
    current: renderRestoreConfig("restore-current", repository, secrets, "/epochs/1"),
    records: renderRecordsConfig(repository, jobs.records.bucket, recorderRole),
  };
  await pod.write(join(paths.config, "archive-offsite.conf"), configs.archive);
  await pod.write(join(paths.config, "job-offsite.conf"), configs.job);
  await pod.write(join(paths.config, "restore-current.conf"), configs.current);
  await pod.write(join(paths.config, "records.conf"), configs.records);
  await pod.write(join(paths.tls, "offsite-ca.crt"), read("ca.crt"));
  await pod.write(join(paths.tls, "ca.crt"), read("ca.crt"));
  for (const ending of ["crt", "key"])
    await pod.write(join(paths.tls, `tls.${ending}`), read(`database.${ending}`));
  await pod.write("etc/holdfast/dump/password", "of the dump");
  for (const [name, text] of Object.entries(readDocumentScripts()))
    await pod.write(join(documentPaths.bin, name), text, 0o555);
  await copyFile((await tool("rclone")).path, join(pod.path, "usr/local/bin/rclone"));
  await chmod(join(pod.path, "usr/local/bin/rclone"), 0o755);
}

export async function makeCluster(pod: ImageRoot): Promise<void> {
  const made = await pod.run([
    "initdb",
    "--pgdata",
    paths.pgData,
    "--auth=trust",
    "--data-checksums",
    "--no-sync",
  ]);
  expect(made.exitCode, String(made.stderr)).toBe(0);
}

/** A cluster that archives as the product's do. */
export function runPostgres(pod: ImageRoot): Running {
  const settings = {
    listen_addresses: databaseAddress,
    unix_socket_directories: paths.socket,
    archive_mode: "on",
    archive_command: plan.database.parameters.archive_command ?? "",
    ssl: "on",
    ssl_cert_file: `${paths.tls}/tls.crt`,
    ssl_key_file: `${paths.tls}/tls.key`,
    fsync: "off",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  return pod.run(["postgres", "-D", paths.pgData, ...options]);
}

export async function untilAnswers(pod: ImageRoot, server: Running): Promise<void> {
  for (let tries = 0; (await bashIn(pod, "sql postgres -c 'select 1'")).exitCode !== 0; tries += 1) {
    if (tries > 300) throw new Error(`PostgreSQL did not start: ${String((await server).stderr)}`);
    await sleep(200);
  }
}

interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Lines of bash that have lib.sh. */
export async function bashIn(pod: ImageRoot, text: string): Promise<Ended> {
  const { exitCode, stdout, stderr } = await pod.run(["bash", "-c", `. ${paths.bin}/lib.sh; ${text}`]);
  return { exitCode, stdout: String(stdout), stderr: String(stderr) };
}
