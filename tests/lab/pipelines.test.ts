// The pipelines of pipelines/ on the running lab, in a fresh clone: each `run:` and `script:` step is taken out of the
// files and executed as it stands, but the promotion's (tests/faults/promotion.test.ts: it needs the primary dead).
// Wants primary active. Does not run what GitHub alone can (`uses:`, named below), nor prove an approval or a group.
import { existsSync, globSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { StatusReport } from "../../cli/status/types.ts";
import { tool } from "../../lab/toolchain/index.ts";
import { type Clone, freshClone } from "./support/clone.ts";
import { holdfast, labShell, repository } from "./support/holdfast.ts";
import {
  githubFiles,
  isPromotion,
  keyOf,
  type PipelineStep,
  pipelineFiles,
  pipelineText,
  readPipeline,
  runSteps,
  type StepResult,
  type World,
} from "./support/pipelines.ts";
import { inProduction } from "./support/production.ts";

const steps = pipelineFiles.flatMap((file) => readPipeline(file).steps);
/** A job's steps, jobs in the order of the files. */
const jobs = [...Map.groupBy(steps, ({ file, job }) => `${file}: ${job}`)].filter(
  ([, [first]]) => first !== undefined && !isPromotion(first),
);

let clone: Clone;
let world: World;

beforeAll(async () => {
  await inProduction();
  // It gives each question five seconds, which right after three ups may not be enough.
  const epoch = await vi.waitFor(
    async () => {
      const report = JSON.parse((await holdfast(["status", "--json"])).stdout) as StatusReport;
      if (!("value" in report.epoch)) throw new Error(`the epoch was not read: ${report.epoch.error}`);
      if (report.epoch.value === null) throw new Error("no site is active");
      return report.epoch.value.epoch;
    },
    { timeout: 120_000, interval: 2_000 },
  );
  clone = await freshClone();
  // Armed, as docs/pipelines.md says: dr's committed file names the epoch that it would take over.
  await clone.commit("dr", [{ path: ["holdfast:site", "handover"], value: epoch }]);
  const shell = await labShell();
  // No role and not CI_PROJECT_DIR: the lab's identity is a profile, and a token's file would come before it.
  const given = {
    PULUMI_BACKEND_URL: shell.PULUMI_BACKEND_URL ?? "",
    KUBECONFIG: shell.KUBECONFIG ?? "",
    POLICY_CONFIG: "policy/config/lab.json",
  };
  world = {
    folder: clone.folder,
    // What a runner gives beside the pipeline's own variables.
    shell: { ...shell, ...given, CI: "true", GITHUB_STEP_SUMMARY: join(clone.folder, "runs", "summary.md") },
    given,
  };
});

afterAll(() => clone?.remove());

const said = ({ step, output, seconds }: StepResult): string =>
  `${step.file}, ${step.job}: ${step.script} (${seconds} s)\n${output.slice(-3000)}`;

describe("every step ends with 0", () => {
  const tried = new Set<string>();

  // A rehearsal is among them: a whole recovery.
  test.each(jobs)("%s", { timeout: 2_400_000 }, async (_, own) => {
    // A command that GitLab has word for word from GitHub, with the same variables, is tried once.
    const results = await runSteps(
      own.filter((step) => !tried.has(keyOf(step))),
      world,
    );
    for (const step of own) tried.add(keyOf(step));
    for (const result of results) {
      console.info(`${result.seconds} s  ${result.step.job}: ${result.step.name}`);
      expect(result.exitCode, said(result)).toBe(0);
    }
  });

  test("none was left out but the promotion's", () => {
    const left = steps.filter((step) => !tried.has(keyOf(step)));
    expect(left.map(({ script }) => script)).toEqual([
      "pulumi config set --path 'holdfast:site.role' active --stack dr",
      "pulumi up --stack dr",
      "pulumi config set --path 'holdfast:site.role' active --stack dr",
      "pulumi up --stack dr",
    ]);
  });

  test("and they leave what they are for: reports for reviewers and auditors, no change in the clone", async () => {
    const summary = readFileSync(join(clone.folder, "runs", "summary.md"), "utf8");
    expect(summary).toContain("lock-within-retention");
    expect(summary).toMatch(/RTO +[\d.]+ s/);
    const [report, ...more] = globSync("runs/*/report.html", { cwd: clone.folder });
    expect(more).toEqual([]);
    expect(readFileSync(join(clone.folder, report ?? ""), "utf8")).toContain("rehearsal");
    for (const stack of ["offsite", "primary", "dr"]) {
      const log = readFileSync(join(clone.folder, "runs", `events-${stack}.json`), "utf8");
      expect(log.length).toBeGreaterThan(1000);
      expect(log).not.toContain('"severity":"debug"');
    }
    expect(await clone.changed()).toBe("");
  });
});

test("only these steps are actions, which GitHub alone can run", () => {
  const used = pipelineFiles.flatMap((file) =>
    readPipeline(file).actions.map(({ uses }) => uses.split("@")[0]),
  );
  expect([...new Set(used)].sort()).toEqual([
    "actions/checkout",
    "actions/setup-node",
    "actions/upload-artifact",
    "aws-actions/configure-aws-credentials",
    "pulumi/actions",
  ]);
});

const jobOf = (file: string, job: string, text?: string): readonly PipelineStep[] =>
  readPipeline(file, text).steps.filter((step) => step.job === job);

test("a step that is broken fails its job, at that step", async () => {
  const text = pipelineText("github/preview.yml").replace("--policy-pack policy ", "--policy-pack polizy ");
  expect(text).toContain("--policy-pack polizy ");
  const results = await runSteps(jobOf("github/preview.yml", "preview offsite", text), world);
  const failed = results.filter(({ exitCode }) => exitCode !== 0);
  expect(failed[0]?.step.name, results.map(said).join("\n")).toBe("Preview, judged by the policy pack");
  expect(failed[0]?.output).toContain("polizy");
});

describe("a retention below the lock", () => {
  const file = (): string => join(clone.folder, "Pulumi.primary.yaml");

  beforeAll(async () => {
    const text = readFileSync(file(), "utf8");
    expect(text).toContain("retention: { full: 14,");
    await writeFile(file(), text.replace("retention: { full: 14,", "retention: { full: 7,"));
  });

  test("is stopped by the preview's pack, which says so to the reviewer", async () => {
    const results = await runSteps(jobOf("github/preview.yml", "preview primary"), world);
    const [failed] = results.filter(({ exitCode }) => exitCode !== 0);
    expect(failed?.step.name, results.map(said).join("\n")).toBe("Preview, judged by the policy pack");
    expect(failed?.output).toContain("lock-within-retention");
    const report = readFileSync(join(clone.folder, "runs", "policy-primary.md"), "utf8");
    expect(report).toMatch(/lock-within-retention.*broken|broken.*lock-within-retention/is);
  });

  test("is stopped by the up's, where somebody merges it all the same", async () => {
    const results = await runSteps(jobOf("github/up.yml", "primary"), world);
    const [failed] = results.filter(({ exitCode }) => exitCode !== 0);
    expect(failed?.step.name, results.map(said).join("\n")).toBe("Up, judged by the policy pack");
    expect(failed?.output).toContain("lock-within-retention");
    expect(failed?.output).not.toMatch(/Updating \(primary\)/);
  });
});

describe("actionlint", () => {
  const lint = async (paths: readonly string[]) =>
    execa((await tool("actionlint")).path, ["-no-color", ...paths], {
      reject: false,
      all: true,
      cwd: repository,
    });

  test("finds nothing in the workflows", async () => {
    const result = await lint(githubFiles.map((file) => join("pipelines", file)));
    expect(result.all).toBe("");
    expect(result.exitCode).toBe(0);
  });

  test("finds a misspelt key", async () => {
    const broken = join(clone.folder, "runs", "broken.yml");
    await writeFile(broken, pipelineText("github/up.yml").replace("needs: offsite", "need: offsite"));
    expect(existsSync(broken)).toBe(true);
    const result = await lint([broken]);
    expect(result.exitCode).toBe(1);
    expect(result.all).toContain('unexpected key "need"');
  });
});
