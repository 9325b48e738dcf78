// The pipelines as files: what must be in each job, whatever else is; and that the tests' reader and runner of steps
// would see a broken one. The steps are executed in tests/lab/pipelines.test.ts. Does not prove that GitHub or GitLab
// take them (actionlint does, for GitHub, in tests/lab), or what an action does.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  githubFiles,
  gitlabFile,
  isPromotion,
  keyOf,
  type PipelineStep,
  pipelineFiles,
  pipelineText,
  readPipeline,
  runSteps,
} from "../lab/support/pipelines.ts";

const all = pipelineFiles.map((file) => readPipeline(file));
const steps = all.flatMap((pipeline) => pipeline.steps);
const actions = all.flatMap((pipeline) => pipeline.actions);
const commands = (pattern: RegExp): readonly PipelineStep[] =>
  steps.filter(({ script }) => pattern.test(script));

interface Job {
  readonly environment?: string | { readonly name: string };
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly resource_group?: string;
  readonly "timeout-minutes"?: number;
  readonly timeout?: string;
  readonly needs?: string | readonly string[];
  readonly rules?: readonly { readonly if: string; readonly when?: string }[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}
const workflow = (file: string): Workflow => parse(pipelineText(file));
const gitlab = (): Readonly<Record<string, Job>> => parse(pipelineText(gitlabFile));

describe("every pipeline", () => {
  test("has the four things a team needs, on both services", () => {
    for (const service of [/^github/, /^gitlab/]) {
      const own = steps.filter(({ file }) => service.test(file));
      const jobsWith = (pattern: RegExp) =>
        own.filter(({ script }) => pattern.test(script)).map(({ job }) => job.split(" ").at(-1));
      expect(new Set(jobsWith(/^pulumi preview --stack "\$STACK"/))).toEqual(
        new Set(["offsite", "primary", "dr"]),
      );
      expect(jobsWith(/^pulumi up --stack "\$STACK"/)).toEqual(["offsite", "primary", "dr"]);
      expect(jobsWith(/holdfast budget --stack dr --strict/)).toHaveLength(1);
      expect(jobsWith(/^\.\/holdfast drill --scenario rehearsal$/)).toHaveLength(1);
      expect(jobsWith(/^\.\/holdfast bundle$/)).toHaveLength(1);
    }
  });

  test("judges each preview and each ordinary up with the pack and its settings", () => {
    const judged = commands(/pulumi (preview|up)/).filter((step) => !isPromotion(step));
    expect(judged.length).toBeGreaterThanOrEqual(14);
    for (const { script, job } of judged)
      expect(script, job).toMatch(/--policy-pack policy --policy-pack-config "\$POLICY_CONFIG"/);
    // Without its preview an up asks no rule of the whole stack.
    for (const { script } of commands(/pulumi up/)) expect(script).not.toMatch(/skip-preview|--force|-f\b/);
  });

  test("never stops an up, and never runs two ups of one stack together", () => {
    const groups = new Map<string, Set<string>>();
    for (const { file, job, variables, script } of commands(/pulumi up/)) {
      const { concurrency, resource_group } =
        file === gitlabFile ? (gitlab()[job] ?? {}) : (workflow(file).jobs[job] ?? {});
      const stack = variables.STACK ?? /--stack (\w+)/.exec(script)?.[1] ?? "";
      const group = concurrency?.group ?? resource_group;
      expect(group, `${file} ${job}`).toBe(`up-${stack}`);
      if (file !== gitlabFile) expect(concurrency?.["cancel-in-progress"], job).toBe(false);
      groups.set(stack, (groups.get(stack) ?? new Set()).add(`${file} ${job}`));
    }
    expect(groups.get("dr")?.size).toBe(4);
    expect((parse(pipelineText(gitlabFile)) as { default: object }).default).toMatchObject({
      interruptible: false,
    });
  });

  test("gives every job an end", () => {
    for (const file of githubFiles)
      for (const [name, job] of Object.entries(workflow(file).jobs))
        expect(job["timeout-minutes"], `${file} ${name}`).toBeGreaterThan(0);
    for (const job of new Set(steps.filter(({ file }) => file === gitlabFile).map(({ job }) => job)))
      expect(gitlab()[job.replace(/^preview .*/, "preview")]?.timeout, job).toMatch(/minutes|hours/);
  });

  test("names no secret, and takes the cloud's identity by OIDC", () => {
    for (const file of pipelineFiles) {
      const text = pipelineText(file);
      expect(text, file).not.toMatch(/secrets\.|AWS_SECRET|ACCESS_KEY|PASSPHRASE|password/i);
      expect(text, file).not.toMatch(/AKIA|-----BEGIN/);
    }
    for (const { uses, with: given, job } of actions.filter(({ uses }) => uses.startsWith("aws-actions/")))
      expect(Object.keys(given).sort(), `${job} ${uses}`).toEqual(["aws-region", "role-to-assume"]);
  });
});

describe("GitHub", () => {
  test("pins every action by commit, with its version beside it", () => {
    const used = githubFiles.flatMap((file) => [...pipelineText(file).matchAll(/uses: (.*)/g)]);
    expect(used.length).toBeGreaterThan(15);
    for (const [, reference] of used)
      expect(reference).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("gives a job no more than it needs", () => {
    for (const file of githubFiles) {
      const { permissions, jobs } = workflow(file);
      expect(permissions, file).toEqual({ contents: "read" });
      for (const [name, job] of Object.entries(jobs)) {
        const more = { ...job.permissions };
        for (const allowed of ["contents", "id-token"]) delete more[allowed];
        expect(more, `${file} ${name}`).toEqual(name === "preview" ? { "pull-requests": "write" } : {});
        expect(job.permissions?.contents ?? "read").toBe("read");
      }
    }
    for (const { uses, with: given } of actions.filter(({ uses }) => uses.startsWith("actions/checkout")))
      expect(given, uses).toEqual({ "persist-credentials": false });
  });

  test("comments by pulumi/actions, which decides nothing: its preview is a command before it", () => {
    const ours = actions.filter(
      ({ uses, with: given }) => /^pulumi\/actions/.test(uses) && "command" in given,
    );
    expect(ours.map(({ job }) => job)).toEqual(["preview offsite", "preview primary", "preview dr"]);
    for (const { with: given } of ours)
      expect(given).toMatchObject({ command: "preview", "comment-on-pr": true, policyPacks: "policy" });
    const cli = actions.filter(
      ({ uses, with: given }) => /^pulumi\/actions/.test(uses) && !("command" in given),
    );
    expect(new Set(cli.map(({ with: given }) => given["pulumi-version"])).size).toBe(1);
  });

  test("runs on the events it is for", () => {
    expect(Object.keys(workflow("github/preview.yml").on)).toEqual(["pull_request"]);
    expect(workflow("github/up.yml").on).toEqual({ push: { branches: ["main"] } });
    expect(workflow("github/rehearsal.yml").on).toMatchObject({ schedule: [{ cron: expect.any(String) }] });
    expect(Object.keys(workflow("github/promote.yml").on)).toEqual(["workflow_dispatch"]);
  });

  test("keeps the rehearsal's report whatever became of it", () => {
    const [upload] = actions.filter(
      ({ file, uses }) => /rehearsal/.test(file) && /upload-artifact/.test(uses),
    );
    expect(upload?.with).toMatchObject({
      path: expect.stringContaining("runs/*/report.html"),
      "if-no-files-found": "error",
    });
  });
});

describe("the promotion", () => {
  const promotion = steps.filter(isPromotion);

  test.each([
    ["GitHub", /^github/],
    ["GitLab", /^gitlab/],
  ])("is one value and one up, on %s", (_, service) => {
    const own = promotion.filter(({ file, script }) => service.test(file) && /pulumi/.test(script));
    expect(own.map(({ script }) => script)).toEqual([
      "pulumi config set --path 'holdfast:site.role' active --stack dr",
      "pulumi up --stack dr",
    ]);
    for (const { variables } of own) expect(variables.PULUMI_SKIP_CONFIRMATIONS).toBe("true");
  });

  test("waits for an approval, and for nothing else", () => {
    const github = workflow("github/promote.yml").jobs.promote;
    expect(github?.environment).toBe("promotion");
    expect(github?.needs).toBeUndefined();
    const job = gitlab()["promote dr"];
    expect(job).toMatchObject({ environment: { name: "promotion" }, needs: [] });
    expect(job?.rules?.map(({ when }) => when)).toEqual(["manual"]);
  });

  test("stands nowhere but there", () => {
    const elsewhere = commands(/site\.role' active/).filter((step) => !isPromotion(step));
    for (const { script } of elsewhere) expect(script).toMatch(/--config-file runs\//);
    expect(elsewhere).toHaveLength(2);
  });
});

describe("the reader and the runner of steps", () => {
  const folder = mkdtempSync(join(tmpdir(), "pipelines-"));
  const world = {
    folder,
    shell: { PATH: process.env.PATH ?? "", BASE: "base" },
    given: { NAME: "given", SHELL_SAYS: "x" },
  };
  afterAll(() => rmSync(folder, { recursive: true }));
  const expression = (what: string): string => `$\{{ ${what} }}`;
  const github = (...lines: readonly string[]): string =>
    ["jobs:", "  work:", "    steps:", ...lines.map((line) => `      ${line}`)].join("\n");
  const run = async (file: string, text: string) =>
    (await runSteps(readPipeline(file, text).steps, world)).map(({ exitCode, output }) => [exitCode, output]);

  test("executes what is written, with the variables that the pipeline gives", async () => {
    const text = `env: { ONE: "${expression("vars.NAME")}", TWO: "${expression("vars.ABSENT")}" }\n${github(
      "- run: |",
      "    echo $BASE $ONE",
      '    test -z "$TWO" && echo unset',
    )}`;
    expect(await run("github/x.yml", text)).toEqual([[0, "base given\nunset"]]);
  });

  test.each([
    ["a misspelt command", "- run: pulumii preview", 127],
    ["a failure in the middle", '- run: "false; echo after"', 1],
    ["a failure inside a pipe", "- run: false | cat", 1],
    ["a command that ends with 2", "- run: exit 2", 2],
  ])("%s fails, and what follows is left out unless it runs always", async (_, line, status) => {
    const text = github(
      line,
      "- run: echo left out",
      `- { if: "${expression("!cancelled()")}", run: echo always }`,
    );
    const results = await run("github/x.yml", text);
    expect(results.map(([code]) => code)).toEqual([status, 0]);
    expect(results.at(-1)).toEqual([0, "always"]);
  });

  test("a broken line of a GitLab script fails its job", async () => {
    const text =
      "default: { before_script: [echo before] }\nwork: { script: [echo one, flase, echo two], after_script: [echo last] }";
    const results = await run(gitlabFile, text);
    expect(results.map(([code]) => code)).toEqual([0, 0, 127, 0]);
    expect(results.at(-1)).toEqual([0, "last"]);
  });

  test.each([
    ["a step without anything", "github/x.yml", github("- name: nothing"), /without run or uses/],
    [
      "an expression in a script",
      "github/x.yml",
      github(`- run: "echo ${expression("github.event.title")}"`),
      /inside a script/,
    ],
    ["a condition", "github/x.yml", github('- { if: "github.actor == 1", run: "true" }'), /condition/],
    [
      "a line that changes the next one's folder",
      gitlabFile,
      "work: { script: [cd runs, ls] }",
      /depends on/,
    ],
    ["a job that extends another", gitlabFile, "work: { extends: .other, script: [ls] }", /extends/],
  ])("refuses what it would try wrongly: %s", (_, file, text, words) => {
    expect(() => readPipeline(file, text)).toThrow(words);
  });

  test("takes every step of the files: none is lost", () => {
    for (const file of githubFiles) {
      const written = JSON.stringify(parse(pipelineText(file))).match(/"run":"/g)?.length ?? 0;
      const read = new Set(
        readPipeline(file).steps.map(({ job, name, script }) => `${job.split(" ")[0]} ${name} ${script}`),
      );
      expect(read.size, file).toBe(written);
    }
    const { default: shared, ...rest } = parse(pipelineText(gitlabFile)) as {
      default: { before_script: string[] };
    } & Record<string, { script?: string[]; after_script?: string[] }>;
    const own = Object.values(rest).flatMap(({ script = [], after_script = [] }) => [
      ...script,
      ...after_script,
    ]);
    const read = new Set(readPipeline(gitlabFile).steps.map(({ script }) => script));
    expect(read).toEqual(new Set([...own, ...shared.before_script]));
  });

  test("tells steps apart by what they name, not by what they do not", () => {
    const base = { file: "", job: "", name: "", always: false };
    const key = (script: string, variables: Record<string, string>) => keyOf({ ...base, script, variables });
    expect(key('up "$STACK"', { STACK: "dr" })).not.toBe(key('up "$STACK"', { STACK: "primary" }));
    expect(key('up "$STACK"', { STACK: "dr" })).toBe(key('up "$STACK"', { STACK: "dr", OTHER: "1" }));
  });
});
