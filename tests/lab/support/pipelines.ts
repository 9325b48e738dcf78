import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import { z } from "zod";
import { repository } from "./holdfast.ts";

/** One `run:` of a GitHub workflow, or one line of a GitLab `script:`; its text is what is executed, unchanged. */
export interface PipelineStep {
  /** Below pipelines/. */
  readonly file: string;
  /** With the matrix' value, where there is one. */
  readonly job: string;
  readonly name: string;
  readonly script: string;
  /** As written; `$NAME` (GitLab) and `${{ vars.NAME }}` (GitHub) are the pipeline's own variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** Runs although an earlier step has failed. */
  readonly always: boolean;
}

/** A `uses:`, which only GitHub can run. */
export interface PipelineAction {
  readonly file: string;
  readonly job: string;
  readonly name: string;
  readonly uses: string;
  readonly with: Readonly<Record<string, unknown>>;
}

export interface Pipeline {
  readonly steps: readonly PipelineStep[];
  readonly actions: readonly PipelineAction[];
}

export const githubFiles = ["preview.yml", "up.yml", "rehearsal.yml", "promote.yml"].map(
  (name) => `github/${name}`,
);
export const gitlabFile = "gitlab-ci.yml";
export const pipelineFiles = [...githubFiles, gitlabFile];

/** The job that needs the primary dead, and an approval. */
export const isPromotion = ({ job }: { readonly job: string }): boolean => job.startsWith("promote");

export function pipelineText(file: string): string {
  return readFileSync(join(repository, "pipelines", file), "utf8");
}

export function readPipeline(file: string, text = pipelineText(file)): Pipeline {
  return file === gitlabFile ? readGitlab(file, text) : readGithub(file, text);
}

const environment = z.record(z.string(), z.coerce.string()).default({});
const githubSchema = z.object({
  env: environment,
  jobs: z.record(
    z.string(),
    z.object({
      env: environment,
      strategy: z.object({ matrix: z.record(z.string(), z.array(z.string())) }).optional(),
      steps: z.array(
        z.object({
          name: z.string().optional(),
          run: z.string().optional(),
          uses: z.string().optional(),
          with: z.record(z.string(), z.unknown()).default({}),
          if: z.string().optional(),
          env: environment,
        }),
      ),
    }),
  ),
});

/** Throws on what it does not know: a step that it could not read would be a step that nobody has tried. */
function readGithub(file: string, text: string): Pipeline {
  const workflow = githubSchema.parse(parse(text));
  const steps: PipelineStep[] = [];
  const actions: PipelineAction[] = [];
  for (const [name, job] of Object.entries(workflow.jobs)) {
    for (const cell of combinations(job.strategy?.matrix ?? {})) {
      const label = [name, ...Object.values(cell)].join(" ");
      for (const step of job.steps) {
        if (step.uses !== undefined) {
          actions.push({ file, job: label, name: step.name ?? step.uses, uses: step.uses, with: step.with });
          continue;
        }
        if (step.run === undefined) throw new Error(`${file}, ${name}: a step without run or uses`);
        if (step.run.includes("${{"))
          throw new Error(`${file}, ${name}: an expression inside a script; give it as a variable`);
        const own = { ...workflow.env, ...job.env, ...step.env };
        const variables = Object.fromEntries(
          Object.entries(own).map(([key, value]) => [key, fillMatrix(value, cell)]),
        );
        const always = /cancelled\(\)|always\(\)/.test(step.if ?? "");
        if (step.if !== undefined && !always)
          throw new Error(`${file}, ${name}: a condition that is not known: ${step.if}`);
        steps.push({ file, job: label, name: step.name ?? step.run, script: step.run, variables, always });
      }
    }
  }
  return { steps, actions };
}

function fillMatrix(value: string, cell: Readonly<Record<string, string>>): string {
  return value.replace(/\$\{\{ matrix\.(\w+) \}\}/g, (_, name: string) => {
    const found = cell[name];
    if (found === undefined) throw new Error(`no ${name} in the matrix`);
    return found;
  });
}

/** What GitLab's file may have at its top beside jobs; `include` and `extends` are not read, and refused. */
const gitlabKeywords = ["workflow", "stages", "variables", "default"];
const lines = z.array(z.string()).default([]);
const gitlabJob = z.object({
  variables: environment,
  parallel: z.object({ matrix: z.array(z.record(z.string(), z.array(z.string()))).min(1) }).optional(),
  script: lines,
  after_script: lines,
  extends: z.never().optional(),
  before_script: z.never().optional(),
});

function readGitlab(file: string, text: string): Pipeline {
  const document = z.record(z.string(), z.unknown()).parse(parse(text));
  const { before_script: before } = z.object({ before_script: lines }).parse(document.default ?? {});
  const shared = environment.parse(document.variables);
  const steps: PipelineStep[] = [];
  for (const [name, value] of Object.entries(document)) {
    if (gitlabKeywords.includes(name)) continue;
    const job = gitlabJob.parse(value);
    for (const cell of (job.parallel?.matrix ?? [{}]).flatMap(combinations)) {
      const label = [name, ...Object.values(cell)].join(" ");
      const variables = { ...shared, ...job.variables, ...cell };
      const step = (script: string, always: boolean): PipelineStep => {
        // Lines are executed one by one: one that changes the shell for the next would be tried wrongly.
        if (/^\s*(cd|export|set|source|\.)\s|^\w+=\S*$/.test(script))
          throw new Error(`${file}, ${name}: a line that the next one depends on: ${script}`);
        return { file, job: label, name: script, script, variables, always };
      };
      steps.push(...[...before, ...job.script].map((line) => step(line, false)));
      steps.push(...job.after_script.map((line) => step(line, true)));
    }
  }
  return { steps, actions: [] };
}

function combinations(
  matrix: Readonly<Record<string, readonly string[]>>,
): readonly Record<string, string>[] {
  return Object.entries(matrix).reduce<readonly Record<string, string>[]>(
    (cells, [name, values]) => cells.flatMap((cell) => values.map((value) => ({ ...cell, [name]: value }))),
    [{}],
  );
}

export interface World {
  readonly folder: string;
  /** The shell that the steps run in: the lab's. */
  readonly shell: Readonly<Record<string, string>>;
  /** The pipeline's own variables (`vars`, CI/CD variables). One that is not here is not set. */
  readonly given: Readonly<Record<string, string>>;
}

export interface StepResult {
  readonly step: PipelineStep;
  readonly exitCode: number;
  /** Both streams. */
  readonly output: string;
  readonly seconds: number;
}

/** Runs one step as its runner does: bash, ended by the first command that fails, also within a pipe. */
export async function runStep(step: PipelineStep, world: World, timeoutMs = 1_500_000): Promise<StepResult> {
  const started = performance.now();
  const result = await execa("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.script], {
    cwd: world.folder,
    env: { ...world.shell, ...resolve(step.variables, world.given) },
    extendEnv: false,
    reject: false,
    all: true,
    stdin: "ignore",
    timeout: timeoutMs,
  });
  return {
    step,
    exitCode: result.exitCode ?? -1,
    output: result.all,
    seconds: Math.round(performance.now() - started) / 1000,
  };
}

/** The steps of a job in their order: after the first failure only those that run always. */
export async function runSteps(steps: readonly PipelineStep[], world: World): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  for (const step of steps) {
    if (results.some(({ exitCode }) => exitCode !== 0) && !step.always) continue;
    results.push(await runStep(step, world));
  }
  return results;
}

function resolve(
  variables: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const resolved: Record<string, string> = {};
  for (const [name, value] of Object.entries(variables)) {
    let isSet = true;
    const text = value.replace(/\$\{\{ vars\.(\w+) \}\}|\$\{?([A-Z_]+)\}?/g, (_, github, gitlab) => {
      const found = given[github ?? gitlab];
      if (found === undefined) isSet = false;
      return found ?? "";
    });
    if (text.includes("${{")) throw new Error(`${name} has an expression that is not known: ${value}`);
    if (isSet) resolved[name] = text;
  }
  return resolved;
}

/** The same command with the same values in the variables that it names needs to be tried once. */
export function keyOf({ script, variables }: PipelineStep): string {
  const named = [...script.matchAll(/\$\{?(\w+)\}?/g)].map(([, name = ""]) => `${name}=${variables[name]}`);
  return JSON.stringify([script.trim(), ...new Set(named)]);
}
