// The bundle for the day without the internet, on a small repository of the test's own and a store in a folder: what is
// in it, what is stored again, what is refused, what a reader finds damaged, and that its shell unpacks it. Not the S3
// protocol (tests/lab/bundle.test.ts), and not that a promotion runs from it (tests/faults/promotion.test.ts).
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bundlePlace, lastApplied } from "../../cli/bundle/applied.ts";
import { type MakeInputs, makeBundle } from "../../cli/bundle/make.ts";
import {
  type BundleManifest,
  backendOf,
  bundleKeys,
  parseManifest,
  renderManifest,
} from "../../cli/bundle/manifest.ts";
import { packagesThatRun, runs } from "../../cli/bundle/packages.ts";
import type { BundleStore } from "../../cli/bundle/store.ts";
import { verifyBundle } from "../../cli/bundle/verify.ts";
import { needleOf } from "../../cli/secrets/needles.ts";
import { readStackFile, setPath } from "../config/stack-files.ts";
import { lock, put, type SmallRepository, smallRepository } from "./small-repository.ts";

let root: string;
let small: SmallRepository;
let repository: string;
let bin: string;
let shelf: string;
let writes: string[];

/** Objects as files, which a curl of the test's own reads. */
function folderStore(): BundleStore {
  return {
    keys: async (prefix) =>
      new Set(
        readdirSync(shelf, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(shelf.length + 1))
          .filter((key) => key.startsWith(prefix)),
      ),
    read: async (key) => (existsSync(join(shelf, key)) ? readFileSync(join(shelf, key)) : null),
    write: async (key, body) => {
      mkdirSync(dirname(join(shelf, key)), { recursive: true });
      writeFileSync(join(shelf, key), body);
      writes.push(key);
    },
    close: () => undefined,
  };
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "bundle-test-"));
  shelf = join(root, "shelf");
  mkdirSync(shelf);
  writes = [];
  small = await smallRepository(root);
  ({ repository, bin } = small);
});
afterEach(() => rmSync(root, { recursive: true }));

const commit = (text: string): Promise<string> => small.commit(text);
const make = (commit: string, more: Partial<MakeInputs> = {}) =>
  makeBundle({ ...small.inputs, commit, store: folderStore(), ...more });

/** As an operator does it; curl is a copy out of the folder. */
async function unpack(manifest?: string) {
  put(
    join(root, "fake/curl"),
    `#!/bin/sh\nfor word; do last=$word; done\nwhile [ "$1" != --output ]; do shift; done\ncp "${shelf}/\${last#https://store/records/}" "$2"\n`,
    0o755,
  );
  put(join(root, "keys"), "user = x");
  const args = [
    join(shelf, "bundle/unpack.sh"),
    join(root, "keys"),
    "https://store/records",
    join(root, "out"),
  ];
  return execa("sh", manifest === undefined ? args : [...args, manifest], {
    env: { PATH: `${join(root, "fake")}:${process.env.PATH}` },
    reject: false,
  });
}

describe("a bundle", () => {
  test("has the program, what it runs with, and nothing that only development needs", async () => {
    await make(await commit("one"));
    const result = await unpack();
    expect(result.exitCode, result.stderr).toBe(0);
    const out = join(root, "out");
    const files = readdirSync(out, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(out.length + 1))
      .sort();
    expect(files).toEqual([
      "MANIFEST",
      "bin/node",
      "bin/pulumi",
      "bin/pulumi-language-nodejs",
      "env.sh",
      "home/plugins/resource-thing-v1.2.3/pulumi-resource-thing",
      "program/docs/runbook.md",
      "program/index.ts",
      "program/node_modules/.holdfast-lock",
      "program/node_modules/used/index.js",
      "program/node_modules/used/node_modules/inner/index.js",
      "program/node_modules/used/package.json",
      "program/package-lock.json",
      "program/package.json",
      "runbook.md",
      "unpack.sh",
    ]);
    expect(readFileSync(join(out, "program/index.ts"), "utf8")).toBe("one");
    // A stand-in is started out of the bundle's own program, with the bundle's own node.
    expect(readFileSync(join(out, "bin/pulumi-language-nodejs"), "utf8")).toContain(
      '"$here/../program/lab/standins/language-nodejs/pulumi-language-nodejs"',
    );
    const shell = await execa("sh", ["-c", `. ${out}/env.sh && command -v pulumi && env`], {
      env: { PULUMI_BACKEND_URL: "" },
    });
    expect(shell.stdout.split("\n")[0]).toBe(join(out, "bin/pulumi"));
    expect(shell.stdout).toContain("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true");
    expect(shell.stdout).toContain(`PULUMI_HOME=${join(out, "home")}`);
    expect(shell.stdout).toContain("PULUMI_BACKEND_URL=s3://state?region=x");
  });

  test("is of the commit that it names, whatever lies in the checkout", async () => {
    const applied = await commit("applied");
    await commit("later");
    put(join(repository, "index.ts"), "not committed");
    await make(applied);
    expect((await unpack()).exitCode).toBe(0);
    expect(readFileSync(join(root, "out/program/index.ts"), "utf8")).toBe("applied");
  });

  test("stores what is new and nothing else, the manifest last", async () => {
    const first = await make(await commit("one"));
    expect(first.stored.map(({ name }) => name)).toEqual(first.manifest.parts.map(({ name }) => name));
    expect(first.manifest.parts.map(({ name }) => name)).toEqual([
      "program",
      "packages",
      "cli",
      "node",
      "plugin-thing-v1.2.3",
      "stand-ins",
    ]);
    expect(writes.at(-1)).toBe(bundleKeys.latest);
    writes = [];
    const again = await make(first.manifest.commit, { madeAt: "2026-01-06T10:00:00.000Z" });
    expect(again).toMatchObject({ changed: false, stored: [], manifestSha256: first.manifestSha256 });
    expect(writes).toEqual([]);
    const next = await make(await commit("two"), { madeAt: "2026-01-07T10:00:00.000Z" });
    expect(next.stored.map(({ name }) => name)).toEqual(["program"]);
    expect(writes.at(-1)).toBe(bundleKeys.latest);
    const all = await make(next.manifest.commit, { all: true, madeAt: "2026-01-08T10:00:00.000Z" });
    expect(all.stored).toHaveLength(6);
    // The older one can still be had.
    expect((await unpack("manifests/20260105T100000Z")).exitCode).toBe(0);
    expect(readFileSync(join(root, "out/program/index.ts"), "utf8")).toBe("one");
  });
});

describe("is refused, and nothing is stored", () => {
  test.each<[string, () => void, Partial<MakeInputs>, RegExp]>([
    [
      "packages of another lock",
      () => put(join(repository, "node_modules/.holdfast-lock"), "other"),
      {},
      /BUNDLE_REFUSED|packages are not those/,
    ],
    [
      "a plugin that is missing",
      () => rmSync(join(root, "home"), { recursive: true }),
      {},
      /no .*pulumi-resource-thing/,
    ],
    ["no command line", () => rmSync(join(bin, "pulumi")), {}, /no pulumi on PATH/],
    ["a commit that is not here", () => undefined, { commit: "0".repeat(40) }, /0{40}/],
    [
      "a secret's value in the program",
      () => undefined,
      { secrets: [needleOf("lab-passphrase", "the-key-of-the-state")].flatMap((one) => one ?? []) },
      /holds a secret[\s\S]*lab-passphrase/,
    ],
  ])("%s", async (_, break_, more, words) => {
    const head = await commit("const key = 'the-key-of-the-state';");
    break_();
    await expect(make(head, more)).rejects.toThrow(words);
    expect(writes).toEqual([]);
  });

  test("the lab's own passphrase is left out, as it opens the state", async () => {
    const needle = needleOf("lab-passphrase", "the-public-passphrase");
    await make(await commit("one"), { secrets: needle === undefined ? [] : [needle] });
    expect((await unpack()).exitCode).toBe(0);
    expect(existsSync(join(root, "out/program/lab/passphrase"))).toBe(false);
  });
});

describe("what reads it back", () => {
  let manifest: BundleManifest;
  const partOf = (name: string): string =>
    join(shelf, bundleKeys.part(manifest.parts.find((part) => part.name === name)?.sha256 ?? ""));

  const fileOf = (name: string) => {
    const found = manifest.files.find((file) => file.name === name);
    if (found === undefined) throw new Error(`no ${name} in the bundle`);
    return found;
  };

  beforeEach(async () => {
    ({ manifest } = await make(await commit("one")));
  });

  test("finds nothing wrong with what was stored", async () => {
    const notes: string[] = [];
    expect((await verifyBundle(folderStore(), (line) => notes.push(line))).manifest).toEqual(manifest);
    expect(notes).toHaveLength(10);
  });

  test.each<[string, () => void, string]>([
    ["a part that is gone", () => rmSync(partOf("cli")), "cli"],
    ["a part that is another one", () => writeFileSync(partOf("cli"), readFileSync(partOf("node"))), "cli"],
    [
      "a part cut short",
      () => writeFileSync(partOf("packages"), readFileSync(partOf("packages")).subarray(0, -9)),
      "packages",
    ],
    [
      "a changed runbook",
      () => put(join(shelf, bundleKeys.file(fileOf("runbook.md"))), "# Do nothing\n"),
      "runbook.md",
    ],
  ])("%s is damage", async (_, damage, name) => {
    damage();
    await expect(verifyBundle(folderStore(), () => undefined)).rejects.toMatchObject({
      code: "BUNDLE_DAMAGED",
      details: { got: expect.stringContaining(name) },
    });
    const result = await unpack();
    // The shell that unpacks it stops there, too.
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toMatch(/damaged|not what the manifest says|cannot read/);
  });

  test("another unpack.sh than the one that was stored is damage", async () => {
    put(join(shelf, bundleKeys.open("unpack.sh")), "#!/bin/sh\n");
    await expect(verifyBundle(folderStore(), () => undefined)).rejects.toThrow("bundle/unpack.sh");
  });

  test("nothing there is said as such", async () => {
    rmSync(join(shelf, "bundle"), { recursive: true });
    await expect(verifyBundle(folderStore(), () => undefined)).rejects.toMatchObject({
      code: "BUNDLE_MISSING",
    });
  });

  test("a folder in use, and another kind of machine, are refused by the shell", async () => {
    put(join(root, "out/mine"), "x");
    expect((await unpack()).stderr).toContain("is not empty");
    rmSync(join(root, "out"), { recursive: true });
    put(join(shelf, bundleKeys.latest), renderManifest({ ...manifest, platform: "Plan9-mips" }));
    expect((await unpack()).stderr).toContain("the bundle is for Plan9-mips");
  });
});

describe("the manifest", () => {
  const part = { name: "program", sha256: "a".repeat(64), bytes: 5, folder: "program" };
  const manifest: BundleManifest = {
    commit: "b".repeat(40),
    madeAt: "2026-01-05T10:00:00.000Z",
    platform: "Linux-x86_64",
    backend: null,
    parts: [part, { ...part, name: "stand-ins", folder: "." }],
    files: [{ name: "runbook.md", sha256: "c".repeat(64), bytes: 1 }],
  };

  test("reads what it writes", () => {
    expect(parseManifest(renderManifest(manifest))).toEqual(manifest);
    const withBackend = { ...manifest, backend: "s3://state" };
    expect(parseManifest(renderManifest(withBackend))).toEqual(withBackend);
  });

  test.each([
    ["a way out of the folder", renderManifest({ ...manifest, parts: [{ ...part, folder: "../etc" }] })],
    ["an absolute folder", renderManifest({ ...manifest, parts: [{ ...part, folder: "/etc" }] })],
    ["an end that is missing", renderManifest(manifest).slice(0, -10)],
    ["another format", "holdfast-bundle 2\n"],
    ["no part", renderManifest({ ...manifest, parts: [] })],
    ["a word too many", `${renderManifest(manifest)}commit ${"b".repeat(40)} x\n`],
  ])("refuses %s", (_, text) => {
    expect(() => parseManifest(text)).toThrow(/manifest cannot be read/);
  });

  test.each([
    ["s3://state?endpoint=https%3A%2F%2F198.18.0.20&region=x", true],
    ["file:///srv/state", true],
    ["https://user:password@backend.example", false],
    ["s3://key@bucket", false],
    [undefined, false],
  ])("names the backend %s: %s", (url, named) => {
    expect(backendOf(url)).toBe(named ? url : null);
  });
});

test("packages that run are those of the lock without development's", () => {
  expect(packagesThatRun(JSON.parse(lock))).toEqual([
    "node_modules/absent",
    "node_modules/used",
    "node_modules/used/node_modules/inner",
  ]);
  expect(["a.js", "a.json", "a.node", "a.proto", "a.cjs"].filter((file) => !runs(file))).toEqual([]);
  expect(["a.d.ts", "a.d.mts", "a.js.map", "README.md"].filter(runs)).toEqual([]);
});

describe("the last applied commit", () => {
  const update = (kind: string, result: string, head?: string, dirty = "false") => ({
    kind,
    result,
    environment: head === undefined ? {} : { "git.head": head, "git.dirty": dirty },
  });
  test("is that of the newest up that succeeded", () => {
    const history = [
      update("update", "failed", "c1"),
      update("refresh", "succeeded", "c2"),
      update("update", "succeeded", "c3"),
    ];
    expect(lastApplied(JSON.stringify(history), "dr")).toEqual({ commit: "c3", dirty: false });
    expect(lastApplied(JSON.stringify([update("update", "succeeded", "c4", "true")]), "dr").dirty).toBe(true);
  });
  test.each([
    ["no up", [update("update", "failed", "c1")], /no up that succeeded/],
    [
      "an up from nowhere",
      [update("update", "succeeded"), update("update", "succeeded", "c1")],
      /no git checkout/,
    ],
  ])("is not guessed: %s", (_, history, words) => {
    expect(() => lastApplied(JSON.stringify(history), "dr")).toThrow(words);
  });
});

test("the place is the stack's records bucket, its secrets from Pulumi or from files", () => {
  const sections = readStackFile("dr");
  setPath(sections, "offsite.recorder.secretKey", "opened by Pulumi");
  const config = Object.fromEntries(
    Object.entries(sections).map(([name, objectValue]) => [
      `holdfast:${name}`,
      { objectValue, secret: false },
    ]),
  );
  const place = bundlePlace(JSON.stringify(config), "dr", (path) => `value of ${path}`);
  expect(place).toEqual({
    endpoint: "https://198.18.0.20:8333",
    region: "us-east-1",
    bucket: "holdfast-records",
    ca: "value of ca.crt",
    recorder: { accessKeyId: "value of offsite-recorder.key", secretAccessKey: "opened by Pulumi" },
    reader: { accessKeyId: "value of offsite-reader.key", secretAccessKey: "value of offsite-reader.secret" },
  });
});
