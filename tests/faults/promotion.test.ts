// The bad day by two commands, as the pipelines have them: primary is dead, no holdfast program lives but the prober in
// the third place, which alone measures. Once from a fresh clone, once from the bundle inside the third place's network,
// where nothing else can be reached and neither git, npm nor this checkout is there. Outside CI: each takes the business
// to dr, and hands it back afterwards. Does not prove that a person would decide so fast: nobody decides here.
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createRunPorts } from "../../cli/drill-ports.ts";
import { verifyChain } from "../../contract/ledger-chain.ts";
import { createLease } from "../../drill/lease.ts";
import type { Ports } from "../../drill/ports.ts";
import { firstServed, measureRto } from "../../drill/verdict/measure.ts";
import { cacheRoot } from "../../lab/cache/index.ts";
import { offsiteEndpoint } from "../../lab/net/addresses.ts";
import { type Clone, freshClone } from "../lab/support/clone.ts";
import { labShell, repository, runId } from "../lab/support/holdfast.ts";
import { type PipelineStep, readPipeline, runSteps } from "../lab/support/pipelines.ts";
import { knock, layout, runAt } from "../lab/support/places.ts";
import { handBack } from "./support/hand-back.ts";
import { isInShard } from "./support/shard.ts";
import { until } from "./support/until.ts";

const signal = AbortSignal.timeout(3_600_000);
const wanted = isInShard("drill/promotion-clone") || isInShard("drill/promotion-bundle");
let run: string;
let ports: Ports;
let epoch: number;
let clone: Clone;
let shell: Record<string, string>;

/** The promotion's own commands, out of the pipeline. */
const promotion: readonly PipelineStep[] = readPipeline("github/promote.yml").steps.filter(({ script }) =>
  script.startsWith("pulumi "),
);

beforeAll(async () => {
  if (!wanted) return;
  shell = await labShell();
  expect((await readFile(shell.PULUMI_CONFIG_PASSPHRASE_FILE ?? "", "utf8")).length).toBeGreaterThan(8);
});

async function portsOf(id: string): Promise<Ports> {
  return createRunPorts({
    repositoryRoot: repository,
    run: id,
    lease: ({ s3, clock, bucket }) =>
      createLease({
        ...{ s3, clock, bucket, run: id },
        ...{ operator: "test", host: "test", pid: process.pid },
        ...{ durationMs: 60_000, graceMs: 0, isAlive: () => true },
      }),
  });
}

/** Production, dr armed with the present epoch, as merged and applied from a clone. */
beforeEach(async () => {
  if (!wanted) return;
  run = runId("promotion");
  ports = await portsOf(run);
  epoch = await handBack(ports, signal);
  clone = await freshClone();
  await clone.commit("dr", [{ path: ["holdfast:site", "handover"], value: epoch }]);
  await ran(await execa("pulumi", ["up", "--stack", "dr", "--yes", "--non-interactive"], inClone()));
}, 1_800_000);

afterEach(async () => {
  await ports?.prober.stop(signal);
  await clone?.remove();
});
afterAll(async () => {
  if (wanted) await handBack(ports, signal);
}, 1_800_000);

const inClone = () =>
  ({ cwd: clone.folder, env: shell, extendEnv: false, reject: false, all: true }) as const;

async function ran(result: {
  readonly exitCode?: number | undefined;
  readonly all: string;
}): Promise<string> {
  expect(result.exitCode, result.all.slice(-4000)).toBe(0);
  return result.all;
}

/** Every program of this checkout or the clone but the prober, by its command line. */
async function livingHoldfast(): Promise<readonly string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
  );
  return lines
    .map((line) => line.replaceAll("\0", " "))
    .filter((line) => [repository, clone.folder].some((folder) => line.includes(`${folder}/cli/main.ts`)))
    .filter((line) => !line.includes("main.ts prober run"));
}

/** Loses primary under a measuring prober, promotes, and reads the RTO from the ledger and from nothing else. */
async function promote(commands: () => Promise<void>): Promise<number> {
  await ports.prober.start({ run, heartbeatsPerSecond: 5 }, signal);
  await until("acknowledged rows before the loss", "archived", async () => {
    const acks = (await ports.prober.tail(200)).filter(({ kind }) => kind === "ack");
    return acks.length >= 50 ? { done: undefined } : { notYet: `${acks.length} rows` };
  });
  const { sentAtMs } = await ports.lab.killSite("primary");
  expect(await livingHoldfast()).toEqual([]);
  await commands();
  const served = await until("a user of dr in the ledger", "pod", async () => {
    const { entries } = verifyChain(await ports.prober.readLedger());
    const first = firstServed(entries, sentAtMs, epoch + 1);
    return first === null ? { notYet: "nobody was served" } : { done: first };
  });
  await ports.prober.stop(signal);
  const { entries, faults } = verifyChain(await ports.prober.readLedger());
  expect(faults).toEqual([]);
  expect(served).toMatchObject({ site: "dr", epoch: epoch + 1, ok: true });
  // The last acknowledgement is what a real failover takes for the loss.
  const last = entries.findLast((entry) => entry.kind === "ack" && entry.epoch === epoch);
  expect(Math.abs((last?.atMs ?? 0) - sentAtMs)).toBeLessThan(2000);
  const rto = measureRto({ entries, lossAtMs: sentAtMs, epochAfter: epoch + 1, targetSeconds: 14_400 });
  expect(rto.judgement).toBe("met");
  expect(await ports.epoch.read(signal)).toMatchObject({ holder: "dr", epoch: epoch + 1 });
  return rto.seconds ?? Number.NaN;
}

describe("two commands promote", () => {
  test.runIf(isInShard("drill/promotion-clone"))("from a fresh clone", async () => {
    expect(promotion).toHaveLength(2);
    const seconds = await promote(async () => {
      const given = {
        PULUMI_BACKEND_URL: shell.PULUMI_BACKEND_URL ?? "",
        KUBECONFIG: shell.KUBECONFIG ?? "",
      };
      const results = await runSteps(promotion, { folder: clone.folder, shell, given });
      for (const { exitCode, output } of results) expect(exitCode, output.slice(-4000)).toBe(0);
      expect(results).toHaveLength(2);
    });
    console.info(`RTO by the prober alone, from a clone: ${seconds} s`);
    expect(seconds).toBeLessThanOrEqual(120);
    expect((await clone.changed()).trim()).toBe("M Pulumi.dr.yaml");
  });

  test.runIf(isInShard("drill/promotion-bundle"))("from the bundle, with the third place only", async () => {
    await ran(await execa(join(clone.folder, "holdfast"), ["bundle"], inClone()));
    const commit = (await execa("git", ["rev-parse", "HEAD"], { cwd: clone.folder })).stdout;
    await clone.remove();
    const day = await prepareDay();
    try {
      const unpacked = await day.run(
        `curl --config keys --header 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --fail --silent --show-error --output unpack.sh ${day.bucket}/bundle/unpack.sh
         sh unpack.sh keys ${day.bucket} bundle`,
      );
      expect(unpacked).toContain(commit);
      await expectNoPassphrase(join(day.folder, "bundle"));
      const outside = [{ protocol: "tcp", address: "192.0.2.1", port: 443 }] as const;
      expect(await knock("third", outside)).toEqual(["ENETUNREACH"]);
      const seconds = await promote(async () => {
        const said = await day.run(
          [". bundle/env.sh", "cd bundle/program", ...promotion.map(({ script }) => script)].join("\n"),
        );
        expect(said).toContain("Resources:");
      });
      console.info(`RTO by the prober alone, from the bundle: ${seconds} s`);
      expect(seconds).toBeLessThanOrEqual(120);
      const lost = layout.place("primary");
      for (const place of [lost.etc, lost.secrets, lost.disk]) await expectNoPassphrase(place);
    } finally {
      await rm(day.folder, { recursive: true, force: true });
    }
  });
});

interface Day {
  readonly folder: string;
  readonly bucket: string;
  /** A shell script in the folder, inside the third place's network, with a few programs and without this checkout. */
  run(script: string): Promise<string>;
}

/** What is left on the bad day: a shell, the reader's keys to the third place, the passphrase, a kubeconfig. */
async function prepareDay(): Promise<Day> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-day-"));
  const tools = join(folder, "tools");
  await mkdir(tools);
  const programs = [
    ...["sh", "env", "curl", "tar", "gzip", "sha256sum", "cut", "cat", "ls", "mkdir", "rm", "uname"],
    ...["dirname", "readlink", "chmod", "sed"],
  ];
  for (const name of programs)
    await symlink((await execa("sh", ["-c", `command -v ${name}`])).stdout, join(tools, name));
  const secret = (name: string) => readFile(join(layout.secrets, name), "utf8");
  await writeFile(
    join(folder, "keys"),
    `user = "${await secret("offsite-reader.key")}:${await secret("offsite-reader.secret")}"
aws-sigv4 = "aws:amz:us-east-1:s3"
cacert = "${layout.caCertificate}"
`,
    { mode: 0o600 },
  );
  const names = [
    ...["HOLDFAST_SECRETS", "PULUMI_CONFIG_PASSPHRASE_FILE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"],
    ...["AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE", "AWS_REGION", "KUBECONFIG"],
  ];
  const environment = [
    `PATH=${tools}`,
    `HOME=${folder}`,
    "PULUMI_SKIP_CONFIRMATIONS=true",
    ...names.map((name) => `${name}=${shell[name]}`),
  ];
  const modules = dirname(await realpath(join(repository, "node_modules")));
  // Out of sight for this shell alone: whatever of it the bundle needed would fail.
  const hidden = [...new Set([repository, modules, cacheRoot(), layout.bin, layout.pulumiHome])];
  const hide = hidden.map((path) => `mount -t tmpfs tmpfs '${path}'`).join("\n");
  return {
    folder,
    bucket: `${offsiteEndpoint}/holdfast-records`,
    run: (script) => {
      const noneOfThese = "for name in git npm node; do if command -v $name; then exit 9; fi; done";
      const inner = `set -eu\ncd ${folder}\n${noneOfThese}\n${script}`;
      // After the mounts nothing of this checkout is left to start from but what stands in the arguments.
      return runAt("third", [
        ...["unshare", "--mount", "sh", "-euc", `${hide}\nexec "$@"`, "sh"],
        ...["env", "-i", ...environment, join(tools, "sh"), "-c", inner],
      ]);
    },
  };
}

/** The key of the state's secrets is with people: not in the bundle, and not in the site that was lost. */
async function expectNoPassphrase(place: string): Promise<void> {
  const options = ["--recursive", "--files-with-matches", "--fixed-strings", "--devices=skip"];
  const pattern = ["--file", shell.PULUMI_CONFIG_PASSPHRASE_FILE ?? ""];
  const result = await execa("grep", [...options, ...pattern, place], { reject: false });
  expect(result.stdout, `the passphrase lies in ${place}`).toBe("");
  // 1: looked everywhere and found nothing.
  expect(result.exitCode, result.stderr).toBe(1);
}
