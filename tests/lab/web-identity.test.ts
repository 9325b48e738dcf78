// The real pgBackRest, PostgreSQL, curl, restic and rclone take roles at a STS and ask a S3 behind TLS as those: names,
// authorities, tokens, trust and signatures are judged (lab/standins/amazon.ts), objects are moto's. The scripts and configs
// are those of examples/aws-route53. Needs no cluster. Does not show what Amazon's own STS and IAM say, nor that a
// cluster issues and renews such a token.

import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { paths } from "../../components/database/paths.ts";
import { documentPaths } from "../../components/documents/paths.ts";
import { rcloneEnvironment, renderRcloneConf } from "../../components/documents/rclone-conf.ts";
import { motoRoot } from "../../lab/images/moto-root.ts";
import { ensureAuthority, ensureLeaf } from "../../lab/secrets/certificates.ts";
import { type Amazon, startAmazon } from "../../lab/standins/amazon.ts";
import { type Moto, startMoto } from "../../lab/standins/moto.ts";
import { tokenFolder } from "../../plan/pod-identities.ts";
import { awsRegion, s3ClientOf } from "./support/aws-account.ts";
import { ImageRoot, type Running } from "./support/image-root.ts";
import {
  address,
  bashIn,
  documents,
  documentsRole,
  environment,
  fillPod,
  jobs,
  makeCluster,
  ofDocuments,
  postgres,
  reader,
  recorder,
  repository,
  runPostgres,
  secrets,
  term,
  trust,
  untilAnswers,
  writer,
} from "./support/role-pod.ts";

let folder: string;
let moto: Moto;
let amazon: Amazon;
let pod: ImageRoot;
let server: Running | undefined;
const s3 = () => s3ClientOf(moto.endpoint);

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
  await fillPod(pod, folder, hosts);
  await makeCluster(pod);
  server = runPostgres(pod);
  await untilAnswers(pod, server);
});

afterAll(async () => {
  server?.kill("SIGQUIT");
  await server;
  await amazon?.close();
  await moto?.stop();
  await pod?.remove();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const account = (name: string) => pod.write(`${tokenFolder}/token`, `token.of.${name}`);

const bash = (text: string) => bashIn(pod, text);

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
