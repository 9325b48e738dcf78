// The provider, its store client and the stand-ins on real programs: a SeaweedFS (HOLDFAST_WEED) and the
// Pulumi CLI (HOLDFAST_PULUMI), each started or run by the test itself on 127.0.0.1. Skipped without them.
// Does not prove anything about the lab's own sites.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installStandins } from "../../lab/standins/install.ts";
import type { S3Store } from "../../provider/clients/s3.ts";
import { cliEnvironment } from "./support/cli-home.ts";
import { startWeed, type Weed } from "./support/weed.ts";

const weed = process.env.HOLDFAST_WEED ?? "";
const pulumi = process.env.HOLDFAST_PULUMI ?? "";
const repository = path.resolve(import.meta.dirname, "../..");

let root: string;
let server: Weed | undefined;
let endpoint: string;
let store: S3Store;

beforeAll(async () => {
  if (weed === "") return;
  root = await mkdtemp(path.join(tmpdir(), "provider-store-"));
  server = await startWeed(weed);
  ({ endpoint, store } = server);
});

afterAll(async () => {
  await server?.stop();
  if (root !== undefined) await rm(root, { recursive: true, force: true });
});

describe.skipIf(weed === "")("the store", () => {
  test("of many writers with one condition exactly one wins", async () => {
    await store.createBucket("race", { objectLock: false });
    const write = (key: string, body: string, etag?: string) =>
      store.put("race", key, body, {
        condition: etag === undefined ? { kind: "absent" } : { kind: "match", etag },
      });
    let etag: string | undefined;
    for (let round = 0; round < 5; round++) {
      const outcomes = await Promise.all(
        Array.from({ length: 16 }, (_, writer) => write("epoch", `${round}-${writer}`, etag)),
      );
      const winners = outcomes.flatMap((outcome, writer) => (outcome.kind === "written" ? [writer] : []));
      expect(winners).toHaveLength(1);
      const stored = await store.get("race", "epoch");
      expect(stored?.body).toBe(`${round}-${winners[0]}`);
      etag = stored?.etag;
    }
  });

  test("an object's own retention overrides the bucket's, and holds until it lapses", async () => {
    await store.createBucket("locked", { objectLock: true });
    await store.setObjectLock("locked", { mode: "COMPLIANCE", days: 3 });
    const until = new Date(Date.now() + 15_000);
    const written = await store.put("locked", "probe", "x", { retention: { mode: "COMPLIANCE", until } });
    const versionId = written.kind === "written" ? written.versionId : undefined;
    await expect(store.remove("locked", "probe", versionId)).rejects.toMatchObject({ code: "AccessDenied" });
    expect(Date.now(), "the refusal came too late to be the retention's").toBeLessThan(until.getTime());
    await sleep(until.getTime() + 1_000 - Date.now());
    await store.remove("locked", "probe", versionId);
    expect(await store.listVersions("locked", { limit: 1 })).toEqual([]);
  });
});

describe.skipIf(weed === "" || pulumi === "")("pulumi", () => {
  let project: string;
  let environment: Record<string, string>;

  beforeAll(async () => {
    project = path.join(root, "project");
    const [binDir, pulumiHome, state] = ["bin", "home", "state"].map((name) => path.join(root, name)) as [
      string,
      string,
      string,
    ];
    for (const folder of [project, binDir, state]) await mkdir(folder);
    await installStandins({ binDir, pulumiHome, node: process.execPath });
    await symlink(path.join(repository, "node_modules"), path.join(project, "node_modules"));
    const dependencies = { "@pulumi/pulumi": "*", "@pulumi/random": "*" };
    await writeFile(
      path.join(project, "package.json"),
      JSON.stringify({ name: "tiny", type: "module", main: "index.ts", dependencies }),
    );
    await writeFile(
      path.join(project, "Pulumi.yaml"),
      [
        "name: tiny",
        "runtime: {name: nodejs, options: {typescript: false}}",
        `plugins: {providers: [{name: holdfast, path: ${path.join(repository, "provider")}}]}`,
        "config: {pulumi:disable-default-providers: {value: ['*']}}",
        "",
      ].join("\n"),
    );
    await writeFile(
      path.join(project, "index.ts"),
      `
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Bucket, Provider, Term } from "${repository}/provider/sdk/index.ts";
const config = new pulumi.Config();
const s3 = { endpoint: ${JSON.stringify(endpoint)}, accessKey: "key", secretKey: config.requireSecret("secretKey") };
const opts = { provider: new Provider("store", { s3 }) };
const password = new random.RandomPassword("password", { length: 24 }, { provider: new random.Provider("random") });
new Bucket("repository", { name: "repository", versioning: true, lifecycle: { noncurrentDays: 30 }, forceDestroy: true }, opts);
const role = config.require("role") as "active";
const term = new Term("term", { bucket: "control", key: "epoch.json", site: pulumi.getStack(), role, handover: config.getNumber("handover") }, opts);
export const result = password.result;
export const epoch = term.epoch;
`,
    );
    environment = cliEnvironment({ binDir, pulumiHome, state });
    await store.createBucket("control", { objectLock: false });
    for (const [stack, role] of [
      ["primary", "active"],
      ["dr", "standby"],
    ] as const) {
      await run("stack", "init", stack);
      await run("config", "set", "role", role, "--stack", stack);
      await run("config", "set", "--secret", "secretKey", "very-secret-key", "--stack", stack);
    }
  });

  async function run(...args: readonly string[]): Promise<string> {
    const { all } = await execa(pulumi, [...args, "--non-interactive"], {
      cwd: project,
      env: environment,
      all: true,
    });
    return all;
  }

  async function failure(...args: readonly string[]): Promise<string> {
    return run(...args).then(
      () => "succeeded",
      (error: { readonly all?: string }) => error.all ?? "",
    );
  }

  test("preview, up, unchanged up; secrets are not in clear in state", async () => {
    expect(await run("preview", "--stack", "primary")).toContain("+ 6 to create");
    expect(await store.get("control", "epoch.json")).toBeUndefined();
    await run("up", "--yes", "--skip-preview", "--stack", "primary");
    await run("up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "primary");
    const file = path.join(root, "export.json");
    await run("stack", "export", "--file", file, "--stack", "primary");
    const state = await readFile(file, "utf8");
    const password = (await run("stack", "output", "result", "--show-secrets", "--stack", "primary")).trim();
    expect(password).toHaveLength(24);
    expect(state).not.toContain(JSON.stringify(password).slice(1, -1));
    expect(state).not.toContain("very-secret-key");
  });

  test("a change outside is named by a preview with refresh and mended by an up", async () => {
    await store.setVersioning("repository", false);
    await store.setLifecycle("repository", [{ id: "cleanup", noncurrentDays: 1 }]);
    const preview = await run("preview", "--refresh", "--diff", "--stack", "primary");
    expect(preview).toMatch(/versioning\s*: true => false/u);
    expect(preview).toContain('"cleanup"');
    await run("up", "--yes", "--skip-preview", "--refresh", "--stack", "primary");
    expect(await store.getVersioning("repository")).toBe(true);
    expect(await store.getLifecycle("repository")).toEqual([{ id: "holdfast", noncurrentDays: 30 }]);
    await run("preview", "--refresh", "--expect-no-changes", "--stack", "primary");
  });

  test("the term moves by one value, and the old holder's up is refused", async () => {
    // Two stacks must not own one bucket: this one only needs the term.
    const index = path.join(project, "index.ts");
    const source = await readFile(index, "utf8");
    await writeFile(index, source.replace(/^new Bucket.*$/mu, 'if (pulumi.getStack() === "primary") $&'));
    await run("up", "--yes", "--skip-preview", "--stack", "dr");
    await run("up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "dr");
    await run("config", "set", "role", "active", "--stack", "dr");
    expect(await failure("preview", "--stack", "dr")).toContain("set holdfast:site.handover to 1");
    await run("config", "set", "handover", "1", "--stack", "dr");
    await run("up", "--yes", "--skip-preview", "--stack", "dr");
    await run("up", "--yes", "--skip-preview", "--expect-no-changes", "--stack", "dr");
    expect(JSON.parse((await store.get("control", "epoch.json"))?.body ?? "")).toMatchObject({
      epoch: 2,
      site: "dr",
      previous: { epoch: 1, site: "primary" },
    });
    expect(await failure("up", "--yes", "--skip-preview", "--stack", "primary")).toContain(
      "dr holds epoch 2",
    );
  });

  test("destroy leaves the epoch object", async () => {
    await run("config", "set", "role", "standby", "--stack", "primary");
    for (const stack of ["dr", "primary"]) await run("destroy", "--yes", "--stack", stack);
    expect(await store.hasBucket("repository")).toBe(false);
    expect(await store.get("control", "epoch.json")).toBeDefined();
  });
});
