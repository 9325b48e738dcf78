// The real CLI and engine (HOLDFAST_PULUMI) with secrets that hold canaries: state, history, backups, export,
// scrubbed event log and output have none of them; and the scanner finds each where the same program gives them away. The stand-in
// for random makes the password. Does not look at a cluster: see docs/secrets.md for that.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withoutDebugging } from "../../report/policy/events.ts";
import { type Engine, makeEngine } from "./support/engine.ts";

const pulumi = process.env.HOLDFAST_PULUMI ?? "";
const repository = path.resolve(import.meta.dirname, "../..");

/** The stack `open` tells what `shut` keeps. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Provider } from "${repository}/provider/sdk/index.ts";
const config = new pulumi.Config();
const secretKey = config.requireSecret("secretKey");
const apiKey = config.requireSecret("apiKey");
const opens = pulumi.getStack() === "open";
new Provider("third-place", {
  s3: { endpoint: "https://127.0.0.1:1", accessKey: "key", secretKey },
  powerdns: { endpoint: "http://127.0.0.1:1", apiKey },
});
const { result } = new random.RandomPassword("password", { length: 24, special: false },
  { provider: new random.Provider("random") });
const all = pulumi.all([secretKey, apiKey, result]).apply((values) => values.join(" "));
export const told = opens ? pulumi.unsecret(all) : all;
`;

const canaries = { secretKey: "canary-s3-Yw2hV0pQ", apiKey: 'canary "dns" 8fLk1\\x' };

let engine: Engine;
let secrets: string;
let kept: string;

beforeAll(async () => {
  if (pulumi === "") return;
  engine = await makeEngine({ pulumi, files: { "index.ts": program } });
  [secrets, kept] = ["secrets", "kept"].map((name) => path.join(engine.root, name)) as [string, string];
  for (const folder of [secrets, kept, path.join(kept, "raw")]) await mkdir(folder);
  for (const [name, value] of Object.entries(canaries)) await writeFile(path.join(secrets, name), value);
  for (const stack of ["shut", "open"]) await leaveTraces(stack);
});

afterAll(() => engine?.remove());

/** Two ups, so that there are history and backups, and all that a person may keep of them. */
async function leaveTraces(stack: string): Promise<void> {
  const done = async (args: readonly string[]): Promise<string> => {
    const { exitCode, all } = await engine.run(args);
    expect(exitCode, all).toBe(0);
    return all;
  };
  await done(["stack", "init", stack]);
  for (const [name, value] of Object.entries(canaries)) {
    // From standard input: arguments can be read by everybody.
    await execa(pulumi, ["config", "set", "--secret", name, "--stack", stack, "--non-interactive"], {
      cwd: engine.project,
      env: engine.environment,
      input: value,
    });
  }
  const folder = path.join(kept, stack);
  await mkdir(folder);
  const up = ["up", "--yes", "--skip-preview", "--stack", stack, "--event-log"];
  const output = await done([...up, path.join(folder, "events-1.json")]);
  await done(["config", "set", "another", "change", "--stack", stack]);
  await done([...up, path.join(folder, "events-2.json")]);
  await writeFile(path.join(folder, "output.txt"), output);
  for (const name of ["events-1.json", "events-2.json"]) {
    const file = path.join(folder, name);
    const log = await readFile(file, "utf8");
    if (stack === "shut") await writeFile(path.join(kept, "raw", name), log);
    await writeFile(file, withoutDebugging(log));
  }
  await done(["stack", "export", "--file", path.join(folder, "export.json"), "--stack", stack]);
  await writeFile(path.join(folder, "preview.json"), await done(["preview", "--json", "--stack", stack]));
  await writeFile(
    path.join(folder, "Pulumi.yaml"),
    await readFile(path.join(engine.project, `Pulumi.${stack}.yaml`)),
  );
  const password = await done(["stack", "output", "told", "--show-secrets", "--stack", "shut"]);
  await writeFile(path.join(secrets, "password"), password.trim().split(" ").at(-1) ?? "");
}

async function scan(
  ...paths: readonly string[]
): Promise<{ readonly exitCode: number; readonly lines: readonly string[] }> {
  const { exitCode, stdout } = await execa(
    process.execPath,
    ["cli/main.ts", "scan-secrets", "--secrets", secrets, "--", ...paths],
    { cwd: repository, reject: false },
  );
  return { exitCode: exitCode ?? -1, lines: stdout.split("\n") };
}

/** What the engine wrote for one stack: checkpoint, its copy, history and backups. */
async function stateOf(stack: string): Promise<readonly string[]> {
  const state = path.join(engine.root, "state", ".pulumi");
  const files = await readdir(state, { recursive: true, withFileTypes: true });
  return files
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => file.slice(state.length).includes(stack));
}

describe.skipIf(pulumi === "")("what Pulumi leaves behind", () => {
  test("has state, history and backups to look into", async () => {
    for (const stack of ["shut", "open"]) {
      const kinds = (await stateOf(stack)).map((file) => /\.pulumi\/(\w+)\//u.exec(file)?.[1]);
      expect(new Set(kinds)).toEqual(new Set(["stacks", "history", "backups"]));
    }
  });

  test("has no secret in clear where the program keeps them", async () => {
    const result = await scan(path.join(kept, "shut"), ...(await stateOf("shut")));
    expect(result, result.lines.join("\n")).toMatchObject({ exitCode: 0 });
  });

  test.each(["stacks", "history"])("has each in %s where the program gives them away", async (kind) => {
    const files = (await stateOf("open")).filter((file) => file.includes(`/${kind}/`));
    const { exitCode, lines } = await scan(...files);
    expect(exitCode).toBe(1);
    for (const name of Object.keys(canaries))
      expect(lines.join("\n")).toMatch(new RegExp(`found +${name} `, "u"));
  });

  test("has each in an export there", async () => {
    const { exitCode, lines } = await scan(path.join(kept, "open", "export.json"));
    expect(exitCode).toBe(1);
    for (const name of Object.keys(canaries))
      expect(lines.join("\n")).toMatch(new RegExp(`found +${name} `, "u"));
  });

  // What made the scrubbing: if a later SDK keeps its debugging messages clean, this says so.
  test("has the password in the engine's event log, in debugging messages that are scrubbed", async () => {
    for (const name of ["events-1.json", "events-2.json"]) {
      const file = path.join(kept, "raw", name);
      const { exitCode, lines } = await scan(file);
      expect(exitCode, name).toBe(1);
      expect(lines[0]).toMatch(/^found +password /u);
    }
  });
});
