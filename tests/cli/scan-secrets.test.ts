// Shows: the scanner finds a canary in each place that it looks into and each form, and nothing in the same places
// without one; its exit statuses. tests/lab/secrets.test.ts has what the real engine writes.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findNeedles, needleOf } from "../../cli/secrets/needles.ts";

const repository = path.resolve(import.meta.dirname, "../..");
/** Of this process alone: the same test beside it plants one too, where every process is looked at. */
const canary = `canary/"7f3Kq+9zW2${process.pid}`;

let folder: string;
let secrets: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "scan-secrets-"));
  secrets = path.join(folder, "secrets");
  await mkdir(secrets);
  await writeFile(path.join(secrets, "password"), canary);
  await writeFile(path.join(secrets, "ca.crt"), "-----BEGIN CERTIFICATE-----\nMIIBpublicpublicpublic\n");
});

afterEach(async () => {
  child?.kill("SIGKILL");
  child = undefined;
  await rm(folder, { recursive: true });
});

function scan(...args: readonly string[]) {
  return execa(process.execPath, ["cli/main.ts", "scan-secrets", ...args, "--secrets", secrets], {
    cwd: repository,
    reject: false,
  });
}

/** Enough of it that the packer packs: of a few bytes it keeps them as they are. */
const padding = Array.from({ length: 200 }, (_, index) => `the resource ${index} of a stack of many`);

/** Every place by its file, with a text where a value belongs. */
const files: Readonly<Record<string, (value: string) => string | Buffer>> = {
  "export.json": (value) =>
    JSON.stringify({ version: 3, deployment: { resources: [{ outputs: { value } }] } }, null, 4),
  ".pulumi/stacks/holdfast/dr.json": (value) =>
    JSON.stringify({ checkpoint: { latest: { resources: [{ inputs: { value } }] } } }),
  ".pulumi/stacks/holdfast/dr.json.bak": (value) => JSON.stringify({ value }),
  ".pulumi/backups/holdfast/dr/dr.1.json.gz": (value) => gzipSync(JSON.stringify({ value })),
  ".pulumi/stacks/holdfast/dr.json.zst": (value) => zstdCompressSync(JSON.stringify({ padding, value })),
  ".pulumi/history/holdfast/dr/dr-1.history.json": (value) =>
    JSON.stringify({ config: { "holdfast:x": { value } } }),
  "events.json": (value) => `${JSON.stringify({ sequence: 1, diagnosticEvent: { message: value } })}\n`,
  "runs/1/journal.jsonl": (value) => `{"type":"start"}\n${JSON.stringify({ type: "step", detail: value })}\n`,
  "runs/1/verdict.json": (value) => JSON.stringify({ findings: [{ detail: value }] }),
  "runs/1/report.html": (value) => `<p>\n<a href="https://store/?key=${encodeURIComponent(value)}">x</a></p>`,
  "runs/1/report.md": (value) => `| found | ${value} |\n`,
  "runs/1/evidence/up-dr-activate.jsonl": (value) => `${JSON.stringify({ stdout: value })}\n`,
  "Pulumi.dr.yaml": (value) => `config:\n  holdfast:x: '${value}'\n`,
};

async function write(name: string, content: string | Buffer): Promise<string> {
  const file = path.join(folder, "places", name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

describe("in files", () => {
  it.each(Object.keys(files))(
    "finds the canary in %s, and names secret and place, not the value",
    async (planted) => {
      for (const [name, content] of Object.entries(files)) await write(name, content("[secret]"));
      const clean = await scan(path.join(folder, "places"));
      expect(clean, clean.stdout).toMatchObject({ exitCode: 0 });
      const file = await write(planted, files[planted]?.(canary) ?? "");
      const { exitCode, stdout } = await scan(path.join(folder, "places"));
      expect(exitCode).toBe(1);
      expect(stdout.split("\n").filter((line) => line.startsWith("found"))).toEqual([
        expect.stringMatching(
          new RegExp(`^found {5}password \\(\\w+\\) in ${file.replaceAll(".", "\\.")}, line \\d+$`),
        ),
      ]);
      expect(stdout).not.toContain(canary);
    },
  );
});

describe("in manifests", () => {
  const list = (value: string, inSecret: string): string =>
    JSON.stringify({
      kind: "List",
      items: [
        {
          kind: "Secret",
          metadata: { name: "s", namespace: "n" },
          data: { a: Buffer.from(inSecret).toString("base64") },
        },
        { kind: "ConfigMap", metadata: { name: "c", namespace: "n" }, data: { a: `x${value}` } },
        { kind: "Pod", metadata: { name: "p", namespace: "n" }, spec: { containers: [{ env: [] }] } },
      ],
    });

  it("finds the canary in a ConfigMap and lets a Secret hold it", async () => {
    const clean = await scan("--manifests", await write("objects.json", list("", canary)));
    expect(clean, clean.stdout).toMatchObject({ exitCode: 0 });
    const { exitCode, stdout } = await scan("--manifests", await write("objects.json", list(canary, canary)));
    expect(exitCode).toBe(1);
    expect(stdout).toContain("ConfigMap n/c");
    expect(stdout).not.toContain("Secret n/s");
  });

  it("finds it in a Secret's annotations and in YAML", async () => {
    const yaml = `kind: Secret\nmetadata:\n  name: s\n  annotations:\n    last: '${canary}'\n---\nkind: Pod\n`;
    const { exitCode, stdout } = await scan("--manifests", await write("objects.yaml", yaml));
    expect(exitCode).toBe(1);
    expect(stdout).toContain("Secret s");
  });

  it("does not take what it cannot read for clean", async () => {
    const { exitCode, stdout } = await scan("--manifests", await write("objects.yaml", "kind: [\n"));
    expect(exitCode).toBe(1);
    expect(stdout).toContain("not read");
  });
});

describe("in processes", () => {
  it("finds the canary in another process's arguments", async () => {
    const clean = await scan("--processes");
    expect(clean, clean.stdout).toMatchObject({ exitCode: 0 });
    child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)", "--", `--password=${canary}`]);
    await new Promise((resolve) => child?.once("spawn", resolve));
    const { exitCode, stdout } = await scan("--processes");
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`password (plain) in arguments of process ${child.pid}`);
  });
});

describe("what it is given", () => {
  it.each([
    ["no place", [], "nothing to look into"],
    ["an empty folder", ["{empty}"], "nothing to look into"],
  ])("%s is refused", async (_, args, says) => {
    const empty = path.join(folder, "empty");
    await mkdir(empty);
    const { exitCode, stderr } = await scan(...args.map((one) => one.replace("{empty}", empty)));
    expect(exitCode).toBe(2);
    expect(stderr).toContain(says);
  });

  it("a path that is not there is not taken for clean", async () => {
    const { exitCode, stdout } = await scan(path.join(folder, "absent"));
    expect(exitCode).toBe(1);
    expect(stdout).toContain("not read");
  });

  it("secrets that are all too short, or public, are refused", async () => {
    await writeFile(path.join(secrets, "password"), "short");
    const { exitCode, stderr } = await scan(repository);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("no secret to look for");
  });
});

describe("forms", () => {
  const found = (text: string, value = canary): string | undefined => {
    const needle = needleOf("n", value);
    return needle === undefined ? undefined : findNeedles(Buffer.from(text), [needle])[0]?.encoding;
  };

  it.each(["", "a", "ab", "abc", "user:"])("base64 after %j", (before) => {
    expect(found(Buffer.from(`${before}${canary}, and more`).toString("base64"))).toBe("base64");
  });

  it("JSON, URL, hex", () => {
    expect(found(JSON.stringify({ value: canary }))).toBe("JSON");
    expect(found(`?x=${encodeURIComponent(canary)}`)).toBe("URL");
    expect(found(Buffer.from(canary).toString("hex"))).toBe("hex");
  });

  it("a key in PEM by its longest line, joined or broken", () => {
    const body = "MHcCAQEEIGx7h3v5l1mQm0bq2Q0G7m8l9Jr0F6yZ3T1Xo8uKkq2b";
    const pem = `-----BEGIN EC PRIVATE KEY-----\n${body}\nshort==\n-----END EC PRIVATE KEY-----\n`;
    expect(found(JSON.stringify({ key: pem }), pem)).toBe("plain");
    expect(found("-----BEGIN EC PRIVATE KEY-----", pem)).toBeUndefined();
  });

  it("not a part of it", () => {
    expect(found(canary.slice(1))).toBeUndefined();
    expect(found(Buffer.from(canary.slice(0, -1)).toString("base64"))).toBeUndefined();
  });
});
