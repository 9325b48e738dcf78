import { readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { benchConfigs } from "../../bench/configs.ts";
import { benchNamespace, benchPod, renderManifest } from "../../bench/manifest.ts";
import type { BenchResult, SizeResult } from "../../bench/result.ts";
import { type BenchPort, runSize } from "../../bench/run.ts";
import { renderMarkdown } from "../../bench/tables.ts";
import { judge } from "../../bench/targets.ts";
import { readScripts } from "../../components/database/scripts.ts";
import { planSite } from "../../plan/index.ts";
import { storePlaceOf } from "../../plan/offsite-place.ts";
import { labEnvironmentHere, labLayoutHere } from "../lab-here.ts";
import { readSiteStack, type SiteStack } from "../places.ts";
import type { BenchArguments } from "./arguments.ts";
import { type BucketInputs, createBuckets, removeBuckets } from "./buckets.ts";
import { createBenchPort } from "./port.ts";

export interface BenchInputs {
  readonly repositoryRoot: string;
  readonly parsed: BenchArguments;
  /** Where the result goes. */
  readonly runs: string;
  readonly id: string;
  /** Leaves pod and buckets, to look into them. */
  readonly keep: boolean;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface BenchEnd {
  readonly result: BenchResult;
  readonly missed: number;
  readonly unmeasured: number;
}

/** Every size after the other on the lab's primary site, whose own stack need not be there. */
export async function runBench(inputs: BenchInputs): Promise<BenchEnd> {
  const layout = await labLayoutHere();
  const { readRecord } = await import("../../lab/record.ts");
  await readRecord(layout); // "no lab" is said as such
  const stack = await readSiteStack(
    {
      repositoryRoot: inputs.repositoryRoot,
      kubeconfig: join(layout.kube, "config"),
      secrets: layout.secrets,
    },
    "primary",
  );
  const plan = planSite(stack.config);
  const { context } = plan.cluster;
  const startedAt = new Date().toISOString();
  const loadBefore = loadavg();
  const image = await bringImage(inputs);
  const { offsiteCredentials } = await import("../../lab/third/third.ts");
  const { admin } = await offsiteCredentials(layout);
  const { offsite } = stack.config;
  const buckets: BucketInputs = {
    endpoint: storePlaceOf(offsite).endpoint,
    region: offsite.region,
    ca: stack.secret(offsite.ca),
    ...admin,
  };
  const port = createBenchPort({
    environment: await labEnvironmentHere(),
    context,
    signal: inputs.signal,
    say: inputs.say,
  });
  const sizes: SizeResult[] = [];
  const versions: Record<string, string> = {};
  let coldCaches = true;
  for (const gigabytes of inputs.parsed.sizes) {
    const say = (line: string): void => inputs.say(`[${gigabytes} GB] ${line}`);
    try {
      await createBuckets(buckets);
      await startPod(port.kubectl, manifestOf(stack, image, admin));
      Object.assign(versions, await versionsOf(port));
      const outcome = await runSize({ ...port, say }, { ...inputs.parsed.options, gigabytes });
      sizes.push(outcome.result);
      coldCaches &&= outcome.coldCaches;
    } finally {
      if (!inputs.keep) await takeAway(await labEnvironmentHere(), context, buckets);
    }
  }
  const result: BenchResult = {
    schemaVersion: 1,
    id: inputs.id,
    startedAt,
    endedAt: new Date().toISOString(),
    machine: {
      cores: cpus().length,
      cpuModel: cpus()[0]?.model ?? "",
      memoryBytes: totalmem(),
      kernel: release(),
      loadBefore,
      loadAfter: loadavg(),
    },
    versions,
    settings: {
      repetitions: inputs.parsed.options.repetitions,
      processMax: stack.config.backup.processes,
      compressLevel: stack.config.backup.compressLevel,
      memoryLimit: plan.database.resources.limits.memory,
      cpuLimit: plan.database.resources.limits.cpu ?? null,
    },
    coldCaches,
    sizes,
  };
  await save(inputs, result);
  const outcomes = sizes.flatMap((size) => judge(size).map(({ outcome }) => outcome));
  return {
    result,
    missed: outcomes.filter((outcome) => outcome === "missed").length,
    unmeasured: sizes.reduce((sum, size) => sum + size.failures.length, 0),
  };
}

/** Built at its first use, then imported into the running site. */
async function bringImage(inputs: BenchInputs): Promise<string> {
  const [{ archiveOf, identityOf, image }, { importImage }, { createProgress }, layout] = await Promise.all([
    import("../../lab/images/image.ts"),
    import("../../lab/site/import-image.ts"),
    import("../../lab/progress/index.ts"),
    labLayoutHere(),
  ]);
  const progress = createProgress({ stream: process.stderr });
  try {
    const built = await image("bench", { progress });
    const identity = await identityOf(built);
    await importImage(layout, "primary", { ...identity, archive: archiveOf(built) }, inputs.signal);
    return identity.ref;
  } finally {
    progress.close();
  }
}

function manifestOf(
  { config, secret }: SiteStack,
  alternativesImage: string,
  keys: { readonly accessKey: string; readonly secretKey: string },
): string {
  const plan = planSite(config);
  const find = (kind: "offsite" | "site") => {
    const found = plan.repositories.find((one) => one.kind === kind);
    if (found === undefined) throw new Error(`the plan of primary has no ${kind} repository`);
    return found;
  };
  const offsite = find("offsite");
  const { tls } = config.site;
  const prefix = "bench";
  const certificate = secret(tls.cert);
  const ca = secret(config.offsite.ca);
  return renderManifest({
    plan: plan.database,
    stanza: offsite.stanza,
    sitePushTimeoutSeconds: find("site").pushTimeoutSeconds,
    alternativesImage,
    endpoint: `https://${offsite.endpoint.host}:${offsite.endpoint.port}`,
    region: offsite.region,
    prefix,
    configs: benchConfigs(offsite, { cipher: secret(offsite.cipher), certificate, ...keys }, `/${prefix}`),
    tls: {
      "ca.crt": secret(tls.ca),
      "tls.crt": certificate,
      "tls.key": secret(tls.key),
      "offsite-ca.crt": ca,
      "site-ca.crt": ca,
    },
    scripts: readScripts(),
    benchScripts: readBenchScripts(),
  });
}

function readBenchScripts(): Readonly<Record<string, string>> {
  const folder = join(import.meta.dirname, "..", "..", "bench", "scripts");
  return Object.fromEntries(
    readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), "utf8")]),
  );
}

type Kubectl = (words: readonly string[], input?: string) => Promise<string>;

async function startPod(kubectl: Kubectl, manifest: string): Promise<void> {
  // What an interrupted bench left is in the way.
  await kubectl(["delete", "namespace", benchNamespace, "--ignore-not-found", "--wait=true"]);
  await kubectl(["apply", "--filename", "-"], manifest);
  await kubectl([
    ...["--namespace", benchNamespace, "wait", `pod/${benchPod}`],
    ...["--for=condition=Ready", "--timeout=180s"],
  ]);
}

/** Also after an interruption, so with a signal of its own. */
async function takeAway(
  environment: Readonly<Record<string, string>>,
  context: string,
  buckets: BucketInputs,
): Promise<void> {
  const { kubectl } = createBenchPort({
    environment,
    context,
    signal: AbortSignal.timeout(120_000),
    say: () => undefined,
  });
  await kubectl(["delete", "namespace", benchNamespace, "--ignore-not-found", "--wait=true"]);
  await removeBuckets(buckets);
}

async function versionsOf(port: BenchPort): Promise<Record<string, string>> {
  const answers = await Promise.all([
    port.bench("postgres", "do", "versions"),
    port.bench("alternatives", "do", "alternative_versions"),
  ]);
  const words = Object.entries({ ...answers[0], ...answers[1] });
  return Object.fromEntries(words.map(([name, value]) => [name, String(value)]));
}

/** A result that is whole or not there; the Markdown can always be drawn from the JSON again. */
async function save({ runs, id }: BenchInputs, result: BenchResult): Promise<void> {
  await mkdir(runs, { recursive: true });
  const path = join(runs, `bench-${id}.json`);
  await writeFile(`${path}.new`, `${JSON.stringify(result, null, 2)}\n`);
  await rename(`${path}.new`, path);
  await writeFile(join(runs, `bench-${id}.md`), renderMarkdown(result));
}
