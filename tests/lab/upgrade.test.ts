// Shows, on the real CLI, engine and providers: today's program over the states that an earlier release left
// (tests/upgrade) replaces and deletes nothing; and a bucket that was there before is imported with its objects
// untouched. No cluster answers: the Kubernetes provider compares inputs with state, as it does in every preview.
// Does not show that the updates which a preview announces succeed. Needs HOLDFAST_PULUMI and HOLDFAST_WEED.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { changeConfig } from "../../drill/config-copy.ts";
import { type Engine, makeEngine } from "./support/engine.ts";
import { startWeed, type Weed, weedKeys } from "./support/weed.ts";

const pulumi = process.env.HOLDFAST_PULUMI ?? "";
const program = process.env.HOLDFAST_WEED ?? "";
const missing = pulumi === "" || program === "";
const repository = path.resolve(import.meta.dirname, "../..");

let weed: Weed;
beforeAll(async () => {
  if (!missing) weed = await startWeed(program);
});
afterAll(() => weed?.stop());

interface Preview {
  /** How many resources have which operation; the unchanged ones are counted here alone. */
  readonly changeSummary: Readonly<Record<string, number>>;
  readonly steps: readonly { readonly op: string; readonly urn: string }[];
}

async function previewOf(engine: Engine, stack: string): Promise<Preview> {
  const { exitCode, all, stdout } = await engine.run(
    ["preview", "--json", "--stack", stack],
    secretsAndClusters(engine),
  );
  expect(exitCode, all).toBe(0);
  const lines = `\n${stdout}`;
  return JSON.parse(lines.slice(lines.indexOf("\n{")));
}

const harmless = ["same", "update", "create", "import", "read"];

/** Whatever takes something away: replacements in all their steps, and deletions. */
function destructiveOf({ steps, changeSummary }: Preview): readonly string[] {
  return [
    ...steps.map(({ op, urn }) => [op, urn.split("::").slice(2).join(" ")] as const),
    ...Object.keys(changeSummary).map((op) => [op, "in the summary"] as const),
  ].flatMap(([op, what]) => (harmless.includes(op) ? [] : [`${op} ${what}`]));
}

function secretsAndClusters(engine: Engine): Record<string, string> {
  return {
    HOLDFAST_SECRETS: path.join(engine.root, "secrets"),
    KUBECONFIG: path.join(engine.root, "kubeconfig"),
  };
}

describe.skipIf(missing)("the state of an earlier release", () => {
  let engine: Engine;
  const resourcesIn: Record<string, number> = {};

  beforeAll(async () => {
    const files: Record<string, string> = {
      "Pulumi.yaml": (await readFile(path.join(repository, "Pulumi.yaml"), "utf8")).replace(
        "./provider",
        path.join(repository, "provider"),
      ),
      "index.ts": `export { contract } from "${repository}/index.ts";\n`,
    };
    for (const stack of stacks) files[`Pulumi.${stack}.yaml`] = await stackFile(stack);
    engine = await makeEngine({
      pulumi,
      files,
      plugins: ["kubernetes"],
      passphrase: (await readFile(path.join(repository, "lab/passphrase"), "utf8")).trim(),
    });
    for (const stack of stacks) await writeSecrets(engine, files[`Pulumi.${stack}.yaml`] ?? "");
    await writeFile(path.join(engine.root, "kubeconfig"), kubeconfig);
    await weed.store.createBucket("holdfast-control", { objectLock: false });
    const epoch = {
      schemaVersion: 1,
      epoch: 1,
      site: "primary",
      takenAt: "2026-11-26T19:30:30Z",
      previous: null,
    };
    await weed.store.put("holdfast-control", "epoch.json", JSON.stringify(epoch));
    for (const stack of stacks) {
      const state = path.join(engine.root, `${stack}.json`);
      const packed = await readFile(path.join(repository, "tests/upgrade", `${stack}.json.gz`));
      const text = gunzipSync(packed).toString("utf8");
      resourcesIn[stack] = JSON.parse(text).deployment.resources.length;
      await writeFile(state, text);
      for (const args of [
        ["stack", "init", stack],
        ["stack", "import", "--stack", stack, "--file", state],
      ]) {
        const { exitCode, all } = await engine.run(args);
        expect(exitCode, all).toBe(0);
      }
    }
  });

  afterAll(() => engine?.remove());

  test.each(stacks)("%s: nothing is replaced, nothing is deleted", async (stack) => {
    const preview = await previewOf(engine, stack);
    const { same = 0, update = 0 } = preview.changeSummary;
    // Otherwise the state was not the one that the program stands on.
    expect(same + update).toBe(resourcesIn[stack]);
    expect(destructiveOf(preview)).toEqual([]);
  });

  test("a change that replaces is seen", async () => {
    const file = path.join(engine.project, "Pulumi.primary.yaml");
    const before = await readFile(file, "utf8");
    const path_ = ["holdfast:database", "storageClass"];
    await writeFile(file, changeConfig(before, [{ path: path_, value: "another" }]));
    try {
      const found = destructiveOf(await previewOf(engine, "primary"));
      expect(found.join("\n")).toMatch(/replace .*database-volume/u);
    } finally {
      await writeFile(file, before);
    }
  });
});

const stacks = ["offsite", "primary", "dr"] as const;

/** The committed file, with the test's own store in place of the third place's. */
async function stackFile(stack: string): Promise<string> {
  const text = await readFile(path.join(repository, `Pulumi.${stack}.yaml`), "utf8");
  return changeConfig(text, [{ path: ["holdfast:offsite", "endpoint"], value: weed.endpoint }]);
}

/** A file for each `{ file: NAME }` of a stack file; keys of the store are its own, certificates are a real one. */
async function writeSecrets(engine: Engine, stackText: string): Promise<void> {
  const certificate = await readFile(path.join(repository, "tests/components/fixtures/site.crt"), "utf8");
  for (const name of filesIn(parse(stackText))) {
    const file = path.join(engine.root, "secrets", name);
    await mkdir(path.dirname(file), { recursive: true });
    const value = name.endsWith(".crt")
      ? certificate
      : /^offsite-.*\.key$/u.test(name)
        ? weedKeys.accessKey
        : /^offsite-.*\.secret$/u.test(name)
          ? weedKeys.secretKey
          : `content-of-${name.replaceAll("/", "-")}`;
    await writeFile(file, value);
  }
}

function filesIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "file" in value && typeof value.file === "string" ? [value.file] : [];
  return [...own, ...Object.values(value).flatMap(filesIn)];
}

/** Contexts of both sites, at addresses where nobody answers. */
const kubeconfig = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "none", cluster: { server: "https://127.0.0.1:1" } }],
  users: [{ name: "nobody", user: {} }],
  contexts: ["primary", "dr"].map((name) => ({ name, context: { cluster: "none", user: "nobody" } })),
});

describe.skipIf(missing)("a bucket that was there before", () => {
  let engine: Engine;
  const stanza = ["archive/main/archive.info", "backup/main/backup.info"].map((key) => `epochs/1/${key}`);

  beforeAll(async () => {
    const index = `
import * as pulumi from "@pulumi/pulumi";
import { Bucket, Provider } from "${repository}/provider/sdk/index.ts";
const s3 = { endpoint: ${JSON.stringify(weed.endpoint)}, accessKey: "key", secretKey: pulumi.secret("very-secret-key") };
const config = new pulumi.Config();
new Bucket("repository", {
  name: "existing", versioning: true, objectLock: { mode: "GOVERNANCE", days: config.getNumber("days") ?? 7 },
  lifecycle: { noncurrentDays: 14 },
}, { provider: new Provider("store", { s3 }), protect: true, import: config.get("import") });
`;
    engine = await makeEngine({ pulumi, files: { "index.ts": index } });
    const { store } = weed;
    await store.createBucket("existing", { objectLock: true });
    await store.setVersioning("existing", true);
    await store.setObjectLock("existing", { mode: "GOVERNANCE", days: 7 });
    await store.setLifecycle("existing", [{ id: "holdfast", noncurrentDays: 14 }]);
    for (const key of stanza) await store.put("existing", key, `content of ${key}`);
    await engine.run(["stack", "init", "dev"]);
  });

  afterAll(() => engine?.remove());

  const versions = () => weed.store.listVersions("existing", { limit: 100 });

  test("is imported: no replacement, no change, its stanza untouched", async () => {
    const before = await versions();
    expect(before).toHaveLength(stanza.length);
    await engine.run(["config", "set", "import", "existing", "--stack", "dev"]);
    const preview = await previewOf(engine, "dev");
    expect(preview.changeSummary).toMatchObject({ import: 1 });
    expect(destructiveOf(preview)).toEqual([]);
    const up = await engine.run(["up", "--yes", "--skip-preview", "--stack", "dev"]);
    expect(up.exitCode, up.all).toBe(0);
    const again = await engine.run([
      "up",
      "--yes",
      "--skip-preview",
      "--expect-no-changes",
      "--stack",
      "dev",
    ]);
    expect(again.exitCode, again.all).toBe(0);
    expect(await versions()).toEqual(before);
    for (const key of stanza) expect((await weed.store.get("existing", key))?.body).toBe(`content of ${key}`);
  });
});
