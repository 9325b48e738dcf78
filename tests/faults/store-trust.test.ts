// Keys, certificates and clocks between the database and the offsite store, each wrong for real (faults.md 11, 43-45).
// Does not prove an authority's own rotation, nor a clock that drifts slowly.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import { parse } from "yaml";
import { loadConfig, sectionsFromPulumi } from "../../config/index.ts";
import { buildClockSkew, skewedBy } from "../../lab/faults/clock/skew.ts";
import { repository as root } from "../lab/support/holdfast.ts";
import { layout } from "../lab/support/places.ts";
import { switchSegment } from "./support/archive.ts";
import { type FaultContext, fault } from "./support/fault.ts";
import { jobEnded, startBackup } from "./support/jobs.ts";
import { mark, type Primary } from "./support/primary.ts";
import { openRepository } from "./support/repository.ts";
import {
  archiver,
  caughtUp,
  currentSegment,
  databaseLog,
  failures,
  waiting,
} from "./support/store-archive.ts";
import {
  killStore,
  replaceFile,
  storeAnswers,
  storeFiles,
  storeListens,
  swapFile,
} from "./support/store-server.ts";
import { statusReport } from "./support/store-status.ts";
import { within } from "./support/store-wait.ts";

const file = import.meta.filename;

fault(11, file, async ({ primary, see }) => {
  const option = "archive-push-queue-max";
  // Every way that a stack file has: a parameter of PostgreSQL's, a key of the backup's section.
  const text = await readFile(join(root, "Pulumi.primary.yaml"), "utf8");
  const { config } = parse(text) as { config: Record<string, Record<string, unknown>> };
  const attempts: readonly (readonly [string, Record<string, unknown>])[] = [
    ["holdfast:database", { parameters: { archive_command: `pgbackrest --${option}=16MB archive-push %p` } }],
    ["holdfast:backup", { [option]: "16MB" }],
    ["holdfast:backup", { queueMax: "16MB" }],
  ];
  for (const [section, more] of attempts) {
    const changed = { ...config, [section]: { ...config[section], ...more } };
    expect(() =>
      loadConfig(sectionsFromPulumi(changed), { stack: "primary", readSecretFile: () => "x" }),
    ).toThrow(/archive_command|archive-push-queue-max|queueMax/);
  }
  see(
    `refused at load: ${attempts.map(([section, more]) => `${section} ${Object.keys(more).join()}`).join("; ")}`,
  );
  const configs = await primary.exec("postgres", [
    "sh",
    "-c",
    "cat /etc/holdfast/pgbackrest/*.conf | wc -l; grep -rl queue-max /etc/holdfast/pgbackrest /holdfast/bin /etc/pgbackrest* 2>/dev/null | wc -l",
  ]);
  const [lines, named] = configs.stdout.trim().split("\n").map(Number);
  expect(lines).toBeGreaterThan(50);
  expect(named).toBe(0);
  const environment = await primary.exec("postgres", [
    "sh",
    "-c",
    "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -ci 'PGBACKREST_.*QUEUE'",
  ]);
  expect(environment.stdout.trim()).toBe("0");
  see(
    `${lines} lines of pgBackRest configs, every script and every process's environment in the pod: none names it`,
  );
});

async function refusedBackup({
  primary,
}: Pick<FaultContext, "primary">): Promise<{ readonly seconds: number; readonly log: string }> {
  const began = Date.now();
  const end = await jobEnded(primary, await startBackup(primary, "incr"));
  expect(end.succeeded, end.log).toBe(false);
  return { seconds: Math.round((Date.now() - began) / 1000), log: end.log };
}

async function archiveFails(primary: Primary, before: number): Promise<void> {
  await mark(primary, "trust");
  await switchSegment(primary);
  await within("the archive command to fail", 120, async () => {
    const now = await failures(primary);
    return now > before ? { done: undefined } : { notYet: await archiver(primary) };
  });
}

fault(43, file, async (context) => {
  const { primary, see, undo } = context;
  const repository = await openRepository(primary);
  const since = await currentSegment(primary);
  const before = await failures(primary);
  const key = await readFile(join(layout.secrets, "offsite-writer.key"), "utf8");
  const giveBack = await replaceFile(storeFiles.identities, (text) => {
    const parsed = JSON.parse(text) as { identities: { name: string }[] };
    return JSON.stringify({ identities: parsed.identities.filter(({ name }) => name !== "writer") });
  });
  undo("the writer's key", async () => {
    await giveBack();
    await killStore();
    await storeAnswers();
  });
  await killStore();
  await storeAnswers();
  await archiveFails(primary, before);
  const { seconds, log } = await refusedBackup(context);
  const said = await databaseLog(primary, 180);
  const line = said.split("\n").find((text) => text.includes(key) && text.includes("archive-push.sh"));
  see(
    `the writer's key revoked: the backup failed after ${seconds} s (two attempts), PostgreSQL's log: ${line?.slice(0, 220)}`,
  );
  expect(log).toMatch(/403/);
  expect(line, said.slice(-3000)).toBeDefined();
  expect(log).toContain(`"identity":"${key}"`);
  expect(seconds).toBeLessThan(90);
  expect(await waiting(primary)).toBeGreaterThan(0);
  const { problems } = await statusReport();
  const problem = problems.find((text) => text.includes("the archive command fails"));
  see(`status: ${problem?.slice(0, 220)}`);
  expect(problem, problems.join("\n")).toMatch(/segment [0-9A-F]{24} was refused/);
  const began = Date.now();
  await giveBack();
  await killStore();
  await storeAnswers();
  const caught = await caughtUp(primary, repository, since);
  see(
    `the key is back: ${Math.round((Date.now() - began) / 1000)} s from the change in the store to everything archived (${caught} s of it waiting for the archive)`,
  );
});

/** A certificate for the store, of an authority and with a life of choice. */
async function makeCertificate(
  folder: string,
  days: { readonly from: number; readonly to: number },
  foreign: boolean,
) {
  const day = (offset: number): string =>
    `${new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
  const at = (name: string): string => join(folder, name);
  const authority = foreign ? at("foreign") : join(layout.secrets, "ca");
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
  if (foreign)
    await execa("openssl", [
      "req",
      "-x509",
      ...key,
      "-days",
      "30",
      "-subj",
      "/CN=foreign",
      "-keyout",
      at("foreign.key"),
      "-out",
      at("foreign.crt"),
    ]);
  await execa("openssl", [
    "req",
    "-new",
    ...key,
    "-subj",
    "/CN=offsite.holdfast.test",
    "-keyout",
    at("tls.key"),
    "-out",
    at("tls.csr"),
  ]);
  // `openssl ca` is the one that takes both dates in every version.
  await execa("sh", [
    "-ec",
    `
    cd ${folder}; : >index; echo 01 >serial
    printf '%s\\n' '[ca]' 'default_ca=d' '[d]' 'database=index' 'serial=serial' 'new_certs_dir=.' 'default_md=sha256' 'policy=p' 'email_in_dn=no' 'rand_serial=yes' 'unique_subject=no' '[p]' 'commonName=supplied' '[e]' 'subjectAltName=DNS:offsite.holdfast.test,IP:198.18.0.20,DNS:localhost,IP:127.0.0.1' 'extendedKeyUsage=serverAuth,clientAuth' >config
    openssl ca -batch -notext -config config -extensions e -startdate ${day(days.from)} -enddate ${day(days.to)} -cert ${authority}.crt -keyfile ${authority}.key -in tls.csr -out tls.crt`,
  ]);
  return { certificate: await readFile(at("tls.crt"), "utf8"), key: await readFile(at("tls.key"), "utf8") };
}

fault(44, file, async (context) => {
  const { primary, see, undo } = context;
  const repository = await openRepository(primary);
  const since = await currentSegment(primary);
  const folder = await mkdtemp(join(tmpdir(), "holdfast-fault-44-"));
  undo("the folder", () => rm(folder, { recursive: true }));
  const original = {
    certificate: await readFile(storeFiles.certificate, "utf8"),
    key: await readFile(storeFiles.key, "utf8"),
  };
  const show = async (pair: typeof original): Promise<void> => {
    await swapFile(storeFiles.key, pair.key);
    await swapFile(storeFiles.certificate, pair.certificate);
    await killStore();
    await storeListens();
  };
  undo("the store's certificate", async () => {
    await show(original);
    await storeAnswers();
  });
  for (const [what, days, foreign, words] of [
    ["of another authority", { from: -1, to: 20 }, true, /UNABLE_TO|unable to|self.signed/i],
    ["that expired yesterday", { from: -30, to: -1 }, false, /EXPIRED|expired/i],
  ] as const) {
    const before = await failures(primary);
    await show(await makeCertificate(folder, days, foreign));
    await archiveFails(primary, before);
    const { log } = await refusedBackup(context);
    const said = /[^\n]*(?:certificate|verif)[^\n]*/i.exec(log)?.[0];
    see(`a certificate ${what}: archive and backup refuse: ${said?.trim().slice(0, 200)}`);
    expect(said).toMatch(/certificate/i);
    const report = await statusReport();
    const problem = report.problems.find((text) => text.startsWith("offsite store:"));
    see(`status: ${problem}`);
    expect(problem).toMatch(/refused|expired/);
    expect(problem).toMatch(words);
  }
  await show(await makeCertificate(folder, { from: -20, to: 10.5 }, false));
  await storeAnswers();
  const problem = (await statusReport()).problems.find((text) => text.startsWith("offsite store:"));
  see(`a certificate for 10 more days: status: ${problem}`);
  expect(problem).toMatch(/expires in 10 days/);
  see(`with it: caught up after ${await caughtUp(primary, repository, since)} s without a gap`);
});

fault(45, file, async ({ primary, see, undo }) => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-fault-45-"));
  undo("the folder", () => rm(folder, { recursive: true }));
  const library = await buildClockSkew(folder);
  const inPod = "/tmp/holdfast-clock-skew.so";
  undo("the library in the pod", () => primary.exec("postgres", ["rm", "-f", inPod]));
  const code = (await readFile(library)).toString("base64");
  const put = await execa(
    join(layout.bin, "kubectl"),
    [
      `--kubeconfig=${layout.kubeconfig("primary")}`,
      "--namespace=holdfast",
      "exec",
      "--stdin",
      "database-0",
      "--container=postgres",
      "--",
      "sh",
      "-c",
      `base64 -d >${inPod}`,
    ],
    { input: code },
  );
  expect(put.exitCode).toBe(0);
  const info = [
    "pgbackrest",
    "--config=/etc/holdfast/pgbackrest/archive-offsite.conf",
    "--stanza=main",
    "info",
  ];
  for (const skew of [1200, -1200]) {
    const environment = Object.entries(skewedBy(inPod, skew)).map(([name, value]) => `${name}=${value}`);
    const date = Number((await primary.exec("postgres", ["env", ...environment, "date", "+%s"])).stdout);
    expect(Math.abs(date - Date.now() / 1000 - skew)).toBeLessThan(30);
    const asked = await primary.exec("postgres", ["env", ...environment, ...info]);
    const said = `${asked.stdout}${asked.stderr}`;
    see(
      `pgBackRest ${skew} s off: status ${asked.exitCode}, ${/[^\n]*(?:403|Skew|not yet valid)[^\n]*/.exec(said)?.[0].trim().slice(0, 160)}`,
    );
    expect(asked.exitCode === 0 && !/403|Skew|not yet valid/.test(said)).toBe(false);
    // Behind, in a lab that is younger than that, the store's certificate is of the future before any signature is old.
    expect(said).toMatch(skew > 0 ? /403|RequestTimeTooSkewed/ : /403|RequestTimeTooSkewed|not yet valid/);
    if (skew < 0) continue;
    const operator = await execa(
      join(root, "holdfast"),
      ["drill", "--run-id", `skew-${Date.now().toString(36)}`],
      {
        cwd: root,
        reject: false,
        stdin: "ignore",
        timeout: 180_000,
        env: { ...skewedBy(library, skew) },
      },
    );
    const words = `${operator.stdout}\n${operator.stderr}`;
    see(
      `the operator's clock ${skew} s off: exit ${operator.exitCode}, ${/error [A-Z_]+:[^\n]*/.exec(words)?.[0].slice(0, 200)}`,
    );
    expect(operator.exitCode, words.slice(-3000)).toBe(2);
    expect(words).toMatch(/error CLOCK_SKEW: .*third place's store is/);
  }
  const well = await primary.exec("postgres", info);
  expect(well.exitCode).toBe(0);
});
