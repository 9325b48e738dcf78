// The real pgBackRest, PostgreSQL, curl, restic and rclone take roles at a STS and ask a S3 behind TLS as those: names,
// authorities, tokens, trust and signatures are judged (lab/standins/amazon.ts), objects are moto's. The scripts and configs
// are those of examples/aws-route53. Needs no cluster. Does not show what Amazon's own STS and IAM say, nor that a
// cluster issues and renews such a token.

import { readFileSync } from "node:fs";
import { chmod, copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { paths } from "../../components/database/paths.ts";
import {
  renderArchiveConfig,
  renderJobConfig,
  renderRecordsConfig,
  renderRestoreConfig,
} from "../../components/database/pgbackrest-config.ts";
import { readScripts } from "../../components/database/scripts.ts";
import { documentPaths } from "../../components/documents/paths.ts";
import { rcloneEnvironment, renderRcloneConf } from "../../components/documents/rclone-conf.ts";
import { readDocumentScripts } from "../../components/documents/scripts.ts";
import { motoRoot } from "../../lab/images/moto-root.ts";
import { ensureAuthority, ensureLeaf } from "../../lab/secrets/certificates.ts";
import { type Amazon, startAmazon } from "../../lab/standins/amazon.ts";
import { type Moto, startMoto } from "../../lab/standins/moto.ts";
import { tool } from "../../lab/toolchain/index.ts";
import { planSite } from "../../plan/index.ts";
import { isRole, tokenFolder } from "../../plan/pod-identities.ts";
import { repositoryOf } from "../../plan/repositories.ts";
import type { IdentityRef, RoleRef } from "../../plan/types.ts";
import { loadFile } from "../config/stack-files.ts";
import { awsRegion, s3ClientOf } from "./support/aws-account.ts";
import { ImageRoot, type Running } from "./support/image-root.ts";

const { config } = loadFile("examples/aws-route53", "primary");
if (config.kind !== "site") throw new Error("not a site's");
const plan = planSite(config);
const repository = repositoryOf(plan, "offsite");
const { documents, jobs, term } = plan;

/** All of the example's are roles. */
function roleOf(identity: IdentityRef): RoleRef {
  if (isRole(identity)) return identity;
  throw new Error("keys, where the example has roles");
}

const secrets = {
  cipher: "a passphrase",
  writer: roleOf(repository.writer),
  reader: roleOf(repository.reader),
};
const recorderRole = roleOf(jobs.records.recorder);
const documentsRole = roleOf(documents.offsite.ofServices);
const [writer, reader, recorder, ofDocuments] = [
  secrets.writer,
  secrets.reader,
  recorderRole,
  documentsRole,
].map(({ role }) => role) as [string, string, string, string];

/** As the cluster would issue them, by account; the trust is the plan's in tests/components/pod-identities.test.ts. */
const trust: Readonly<Record<string, readonly string[]>> = {
  "token.of.database": [writer, reader],
  "token.of.backup": [writer, recorder],
  "token.of.files": [ofDocuments],
};

/** Of loopback, and nobody else's: ports are the real ones. */
const [address, databaseAddress] = ["127.43.0.1", "127.43.0.2"];
const postgres = 999;
let folder: string;
let moto: Moto;
let amazon: Amazon;
let pod: ImageRoot;
let server: Running | undefined;
const s3 = () => s3ClientOf(moto.endpoint);

const environment = {
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

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-web-identity-"));
  const authority = await ensureAuthority(join(folder, "ca"), "Amazon, to this test");
  // restic's library asks Amazon's S3 by the name that has addresses of both kinds.
  const hosts = [repository.endpoint.host, `s3.dualstack.${awsRegion}.amazonaws.com`, secrets.writer.stsHost];
  await ensureLeaf(authority, { path: join(folder, "amazon"), commonName: "amazon", dns: hosts });
  await ensureLeaf(authority, { path: join(folder, "database"), commonName: "database", dns: ["database"] });
  [moto, pod] = await Promise.all([
    motoRoot().then(({ path }) => startMoto(path)),
    ImageRoot.unpack("postgres", postgres, environment),
  ]);
  amazon = await startAmazon({
    address,
    certificate: join(folder, "amazon"),
    moto: moto.endpoint,
    trust: (token) => trust[token] ?? [],
  });
  for (const Bucket of [repository.bucket, term.bucket, jobs.records.bucket, documents.offsite.bucket])
    await s3().send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: awsRegion } }),
    );
  await fillPod(hosts);
  await startPostgres();
});

afterAll(async () => {
  server?.kill("SIGQUIT");
  await server;
  await amazon?.close();
  await moto?.stop();
  await pod?.remove();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** The pod's volumes, as components/database/pod.ts mounts them. */
async function fillPod(hosts: readonly string[]): Promise<void> {
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

/** A cluster that archives as the product's do. */
async function startPostgres(): Promise<void> {
  const made = await pod.run([
    "initdb",
    "--pgdata",
    paths.pgData,
    "--auth=trust",
    "--data-checksums",
    "--no-sync",
  ]);
  expect(made.exitCode, String(made.stderr)).toBe(0);
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
  server = pod.run(["postgres", "-D", paths.pgData, ...options]);
  for (let tries = 0; (await bash("sql postgres -c 'select 1'")).exitCode !== 0; tries += 1) {
    if (tries > 300) throw new Error(`PostgreSQL did not start: ${String((await server)?.stderr)}`);
    await sleep(200);
  }
}

const account = (name: string) => pod.write(`${tokenFolder}/token`, `token.of.${name}`);

interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Lines of bash that have lib.sh. */
async function bash(text: string, more: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { exitCode, stdout, stderr } = await pod.run(["bash", "-c", `. ${paths.bin}/lib.sh; ${text}`], more);
  return { exitCode, stdout: String(stdout), stderr: String(stderr) };
}

async function succeed(text: string): Promise<string> {
  const { exitCode, stdout, stderr } = await bash(text);
  expect(exitCode, `${text}: ${stderr}${stdout}\n${amazon.refused.join("\n")}`).toBe(0);
  return stdout;
}

const sql = (text: string): Promise<string> => succeed(`sql postgres -c "${text}"`);

/** Who asked the store, and by which methods. */
function askedBy(role: string): ReadonlySet<string> {
  return new Set(
    amazon.asked.filter((one) => one.service === "s3" && one.role === role).map(({ method }) => method),
  );
}

beforeEach(() => {
  amazon.asked.length = 0;
  amazon.refused.length = 0;
});

describe("the database's pod", () => {
  beforeAll(() => account("database"));

  test("makes the stanza as the writer", async () => {
    await succeed(`. ${paths.bin}/archive.sh; create_stanza offsite`);
    expect(amazon.asked.filter(({ service }) => service === "sts").map(({ role }) => role)).toContain(writer);
    expect(askedBy(writer)).toContain("PUT");
    expect(askedBy(reader)).toEqual(new Set());
    expect(amazon.refused).toEqual([]);
  });

  test("archives as the writer, by PostgreSQL's own archive command", async () => {
    await succeed('touch "$HF_STATE/archive-open"');
    const segment = (await sql("select pg_walfile_name(pg_switch_wal())")).trim();
    for (
      let tries = 0;
      (await sql("select archived_count > 0 from pg_stat_archiver")).trim() !== "t";
      tries += 1
    ) {
      if (tries > 300)
        throw new Error(`${segment} was not archived: ${await sql("select * from pg_stat_archiver")}`);
      await sleep(200);
    }
    expect(amazon.asked.some(({ role, path }) => role === writer && path.includes(segment))).toBe(true);
    expect(amazon.refused).toEqual([]);
  });

  test("backs up as the writer, and reads what is there as the reader", async () => {
    await succeed("backrest archive-offsite backup --type=full --log-level-console=warn");
    expect(askedBy(reader)).toEqual(new Set());
    amazon.asked.length = 0;
    const info = JSON.parse(
      await succeed("backrest restore-current info --output=json --log-level-console=off"),
    );
    expect(info[0].status.code).toBe(0);
    expect(info[0].backup.map(({ type }: { type: string }) => type)).toEqual(["full"]);
    expect(askedBy(writer)).toEqual(new Set());
    expect(askedBy(reader)).toEqual(new Set(["GET"]));
    expect(amazon.refused).toEqual([]);
  });

  test("gets a segment back as the reader, by the restore command", async () => {
    await succeed('echo restore-current >"$HF_STATE/wal-sources"');
    const first = "000000010000000000000001";
    const { exitCode, stderr } = await pod.run([`${paths.bin}/archive-get`, first, `/tmp/${first}`]);
    expect(exitCode, String(stderr)).toBe(0);
    expect(askedBy(reader).size).toBeGreaterThan(0);
    expect(askedBy(writer)).toEqual(new Set());
  });

  test("reads the epoch by curl, with one session for many requests", async () => {
    await s3().send(new PutObjectCommand({ Bucket: term.bucket, Key: "epoch.json", Body: '{"epoch":1}' }));
    const read = 's3_get "$HF_CONTROL_URL/epoch.json"';
    expect(await succeed(`${read}; ${read}`)).toBe('{"epoch":1}{"epoch":1}');
    expect(amazon.asked.map(({ service, role }) => `${service} ${role}`)).toEqual([
      `sts ${reader}`,
      `s3 ${reader}`,
      `s3 ${reader}`,
    ]);
    expect(await succeed("stat -c '%a %U' /tmp/session-*reader")).toBe("600 postgres");
  });

  test("is told by curl what is not there, as with keys", async () => {
    const { exitCode, stdout } = await bash('s3_get "$HF_CONTROL_URL/fence/primary"');
    expect(exitCode).not.toBe(0);
    expect(stdout).toContain("NoSuchKey");
    expect(await succeed('. "$HF_BIN/epoch.sh"; fence_epoch')).toBe("0");
  });

  test("may not leave records: its account is not trusted by the recorder", async () => {
    const { exitCode, stderr } = await bash('s3 records --url "$HF_RECORDS_URL/x"');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(`the role ${recorder} could not be taken`);
    expect(stderr).toContain("Not authorized to perform sts:AssumeRoleWithWebIdentity");
  });

  test("has no way in with another pod's token", async () => {
    await account("files");
    const { stdout } = await bash("backrest restore-current info --output=json --log-level-console=off");
    const [{ repo }] = JSON.parse(stdout);
    expect(repo[0].status.code).not.toBe(0);
    expect(amazon.refused.length).toBeGreaterThan(0);
    expect(amazon.asked).toEqual([]);
    await account("database");
  });
});

describe("a logical dump's job", () => {
  beforeAll(async () => {
    await sql("create role holdfast_dump login superuser password 'of the dump'");
    await account("backup");
  });

  test("dumps by restic as the writer, and leaves its record as the recorder", async () => {
    const job = await pod.run(["timeout", "60", `${paths.bin}/logical-dump`, "offsite"], {
      HF_DUMP_HOST: "database",
      HF_DUMP_PORT: "5432",
      HF_DUMP_ROLE: "holdfast_dump",
      HF_DUMP_URL: `s3:https://${repository.endpoint.host}:443/${repository.bucket}/dumps/primary`,
      HF_DUMP_KEEP_DAILY: "1",
      HF_DUMP_KEEP_WEEKLY: "1",
    });
    expect(job.exitCode, `${job.stderr}${job.stdout}\n${amazon.refused.join("\n")}`).toBe(0);
    const [{ outcome, dumps }] = String(job.stdout)
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(outcome).toBe("done");
    expect(dumps.map(({ database }: { database: string }) => database)).toEqual(["postgres"]);
    expect(askedBy(writer)).toContain("PUT");
    expect(askedBy(recorder)).toEqual(new Set(["PUT"]));
    expect(amazon.refused).toEqual([]);
    const Key = "jobs/primary/offsite/logical-dump.json";
    const { Body } = await s3().send(new GetObjectCommand({ Bucket: jobs.records.bucket, Key }));
    expect(JSON.parse((await Body?.transformToString()) ?? "")).toMatchObject({ outcome: "done" });
  });
});

describe("pods that carry documents", () => {
  const run = (text: string) =>
    pod.run(["bash", "-c", `. ${documentPaths.bin}/documents.sh; ${text}`], {
      ...rcloneEnvironment(documentsRole, documents.offsite.region),
      HF_BUCKET: documents.offsite.bucket,
    });

  beforeAll(async () => {
    await account("files");
    const files = renderRcloneConf({
      third: { ...documents.offsite, ...documentsRole },
      site: { ...documents.site, accessKey: "key", secretKey: "secret" },
    });
    await pod.write(join(documentPaths.config, "rclone.conf"), files);
    await pod.write(join(documentPaths.config, "ca.crt"), readFileSync(join(folder, "ca.crt"), "utf8"));
  });

  test("put and list by rclone as their role", async () => {
    const put = await run(
      'echo content | rclone rcat "third:$HF_BUCKET/odoo/filestore/x/1" && list "third:$HF_BUCKET"',
    );
    expect(put.exitCode, `${put.stderr}\n${amazon.refused.join("\n")}`).toBe(0);
    expect(put.stdout).toBe("odoo/filestore/x/1");
    expect(amazon.asked.filter(({ service }) => service === "sts").map(({ role }) => role)).toContain(
      ofDocuments,
    );
    expect(askedBy(ofDocuments)).toContain("PUT");
    expect(amazon.refused).toEqual([]);
  });

  test("get nothing with a token that the role does not trust", async () => {
    await account("backup");
    const { exitCode, stderr } = await run('list "third:$HF_BUCKET"');
    expect(exitCode).not.toBe(0);
    expect(String(stderr)).toMatch(/AssumeRoleWithWebIdentity/);
    expect(amazon.refused.join()).toMatch(
      /AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity/,
    );
    expect(amazon.asked).toEqual([]);
  });
});
