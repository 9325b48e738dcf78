// Shows: which files the scripts that carry documents push, fill, copy and miss, and when they claim to have done so.
// The rclone here is a few lines over folders. Does not show that the real one, or a store, does the same;
// tests/lab/documents.test.ts does.
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readDocumentScripts } from "../../components/documents/scripts.ts";

// Processes that wait for each other: on a busy machine they take their time.
vi.setConfig({ testTimeout: 180_000 });
const poll = { timeout: 60_000, interval: 50 };

const rclone = `#!/bin/bash
# Remotes are folders; a remote whose file "down" exists answers nothing.
set -eu
command=$1; shift
list='' flags=() places=()
while (($#)); do
	case $1 in
	--files-from-raw) list=$2; shift ;;
	--exclude|--max-depth) flags+=("$2"); shift ;;
	--*) flags+=("$1") ;;
	sha1) ;;
	*) places+=("$1") ;;
	esac
	shift
done
place() { case $1 in third:*|site:*) [[ ! -e $FAKES/\${1%%:*}.down ]] || { echo "cannot connect to \${1%%:*}" >&2; exit 1; }; printf '%s\\n' "$FAKES/\${1/://}" ;; *) printf '%s\\n' "$1" ;; esac; }
printf '%s %s\\n' "$command" "\${places[*]}" >>"$FAKES/calls"
case $command in
mkdir) mkdir -p "$(place "\${places[0]}")" ;;
rcat) to=$(place "\${places[0]}"); mkdir -p "$(dirname "$to")"; cat >"$to" ;;
cat) cat "$(place "\${places[0]}")" ;;
lsf) from=$(place "\${places[0]}"); [[ -d $from ]] || exit 3; cd "$from"; find . -type f -printf '%P\\n' ;;
hashsum) from=$(place "\${places[0]}"); cd "$from" 2>/dev/null || exit 3
	while IFS= read -r name; do [[ ! -f $name ]] || sha1sum "$name"; done <"$list" ;;
copy) from=$(place "\${places[0]}"); to=$(place "\${places[1]}"); [[ -d $from ]] || exit 3
	names=$list; [[ -n $names ]] || { names=$FAKES/names.$$; (cd "$from"; find . -type f -printf '%P\\n') >"$names"; }
	while IFS= read -r name; do
		[[ " \${flags[*]} " != *" /$name "* ]] || continue
		[[ -e $to/$name ]] || { mkdir -p "$(dirname "$to/$name")"; cp "$from/$name" "$to/$name"; }
	done <"$names" ;;
esac
`;

/** Versioning is switched on, and read back, unless the test says otherwise. */
const curl = `#!/bin/bash
cat >/dev/null
case " $* " in
*" PUT "*) echo ok >"$FAKES/versioned" ;;
*) [[ -e $FAKES/no-versions || ! -e $FAKES/versioned ]] || echo '<Status>Enabled</Status>' ;;
esac
`;

const psql = `#!/bin/bash
cat >/dev/null
[[ -e $FAKES/rows ]] || { echo >>"$FAKES/refused"; echo "could not connect" >&2; exit 2; }
cat "$FAKES/rows"
`;

let root: string;
let running: Started | undefined;
const path = (...parts: string[]): string => join(root, ...parts);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "holdfast-documents-"));
  for (const folder of ["bin", "path", "work", "metrics", "filestore", "third", "site"])
    mkdirSync(path(folder));
  for (const [file, text] of Object.entries(readDocumentScripts())) writeFileSync(path("bin", file), text);
  for (const [file, text] of Object.entries({ rclone, curl, psql })) {
    writeFileSync(path("path", file), text);
    chmodSync(path("path", file), 0o755);
  }
  writeFileSync(path("password"), "secret");
  writeFileSync(path("rclone.conf"), "[site]\naccess_key_id = k\nsecret_access_key = s\n");
});

afterEach(async () => {
  running?.kill("SIGKILL");
  await running?.ended;
  running = undefined;
  rmSync(root, { recursive: true });
});

interface Started {
  /** Between two looks. */
  readonly naps: () => boolean;
  readonly kill: (signal: "SIGTERM" | "SIGKILL") => void;
  readonly ended: Promise<{ readonly exitCode: number | undefined; readonly stderr: string }>;
}

function start(script: string, environment: Record<string, string> = {}): Started {
  const child = execa("bash", [path("bin", `${script}.sh`)], {
    reject: false,
    extendEnv: false,
    env: {
      PATH: `${path("path")}:${process.env.PATH}`,
      FAKES: root,
      HF_BIN: path("bin"),
      HF_DOCUMENTS: root,
      HF_WORK: path("work"),
      HF_METRICS: path("metrics"),
      HF_FILESTORE: path("filestore"),
      HF_PREFIX: "odoo/filestore",
      HF_BUCKET: "documents",
      HF_SITE_BUCKET: "copy",
      HF_SITE_URL: "https://store.test",
      HF_SITE_REGION: "us-east-1",
      HF_SITE: "primary",
      HF_HEARTBEAT_KEY: "heartbeat.json",
      HF_PUSH: "0.1",
      HF_PULL: "0.1",
      HF_PAUSE: "0.1",
      HF_HEARTBEAT: "0",
      HF_CHECK: "600",
      HF_SAMPLE: "10",
      HF_GRACE: "0",
      PGHOST: "database",
      PGPORT: "5432",
      PGUSER: "reader",
      PGDATABASE: "odoo",
      HF_PASSWORD_FILE: path("password"),
      ...environment,
    },
  });
  running = {
    naps: () => childrenOf(child.pid ?? 0).includes("sleep"),
    kill: (signal) => child.kill(signal),
    ended: child.then(({ exitCode, stderr }) => ({ exitCode, stderr })),
  };
  return running;
}

/** Names of a process's children. */
function childrenOf(pid: number): readonly string[] {
  return readdirSync("/proc").flatMap((entry) => {
    try {
      const [, name, parent] =
        /\((.*)\) \S (\d+)/.exec(readFileSync(join("/proc", entry, "stat"), "utf8")) ?? [];
      return Number(parent) === pid && name !== undefined ? [name] : [];
    } catch {
      return []; // no process, or it has ended
    }
  });
}

const digestOf = (text: string): string => createHash("sha1").update(text).digest("hex");

/** As Odoo names it. */
function nameOf(text: string): string {
  const digest = digestOf(text);
  return `${digest.slice(0, 2)}/${digest}`;
}

function put(contents: string, ...parts: string[]): void {
  const file = path(...parts);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, contents);
}

const store = (text: string): void => put(text, "filestore", "odoo", nameOf(text));
const third = (text: string): string => path("third/documents/odoo/filestore/odoo", nameOf(text));
const heartbeat = (): number =>
  existsSync(path("third/documents/heartbeat.json"))
    ? JSON.parse(readFileSync(path("third/documents/heartbeat.json"), "utf8")).at
    : 0;
const metric = (file: string, name: string): number | undefined => {
  if (!existsSync(path("metrics", file))) return undefined;
  const found = new RegExp(`^${name} (\\S+)$`, "m").exec(readFileSync(path("metrics", file), "utf8"));
  return found === null ? undefined : Number(found[1]);
};
const calls = (): string[] =>
  existsSync(path("calls")) ? readFileSync(path("calls"), "utf8").trim().split("\n") : [];

describe("push", () => {
  it("brings what is there and what comes, once each, and deletes nothing", async () => {
    store("old");
    start("push");
    await expect.poll(() => existsSync(third("old")), poll).toBe(true);
    store("new");
    await expect.poll(() => existsSync(third("new")), poll).toBe(true);
    rmSync(path("filestore/odoo", nameOf("old")));
    // By the clock of the files: the heartbeat that is there may be a look old.
    const before = Math.ceil(Date.now() / 1000);
    await expect.poll(heartbeat, poll).toBeGreaterThan(before + 3);
    expect(existsSync(third("old"))).toBe(true);
    // What has been pushed is found again for two seconds, the clock's grain, and not for ever.
    const copies = calls().filter((call) => call.startsWith("copy")).length;
    await expect.poll(heartbeat, poll).toBeGreaterThan(before + 5);
    expect(calls().filter((call) => call.startsWith("copy"))).toHaveLength(copies);
  });

  it("leaves a half written file, and claims nothing, until it is whole", async () => {
    put("ha", "filestore/odoo", nameOf("half"));
    put("x", "filestore/odoo/checklist", nameOf("half"));
    start("push");
    await expect.poll(() => calls().length, poll).toBeGreaterThan(1);
    expect(existsSync(third("half"))).toBe(false);
    expect(heartbeat()).toBe(0);
    store("half");
    await expect.poll(() => existsSync(third("half")), poll).toBe(true);
    await expect.poll(heartbeat, poll).toBeGreaterThan(0);
    expect(readFileSync(third("half"), "utf8")).toBe("half");
  });

  it("claims nothing while the third place is away, and catches up", async () => {
    store("first");
    const push = start("push");
    await expect.poll(heartbeat, poll).toBeGreaterThan(0);
    put("", "third.down");
    store("second");
    // Two calls on: what was under way when the third place went has ended.
    const before = calls().length;
    await expect.poll(() => calls().length, poll).toBeGreaterThan(before + 1);
    const stood = heartbeat();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(heartbeat()).toBe(stood);
    rmSync(path("third.down"));
    await expect.poll(() => existsSync(third("second")), poll).toBe(true);
    push.kill("SIGTERM");
    expect((await push.ended).stderr).toContain("cannot connect to third");
  });

  it("looks once more when it is told to stop", async () => {
    const push = start("push", { HF_PUSH: "600" });
    await expect.poll(heartbeat, poll).toBeGreaterThan(0);
    // Told a moment before it lies down, it would look only when it wakes.
    await expect.poll(() => push.naps(), poll).toBe(true);
    store("last");
    push.kill("SIGTERM");
    expect((await push.ended).exitCode).toBe(0);
    expect(existsSync(third("last"))).toBe(true);
  });

  it("finds by its comparison what was older than the last look", async () => {
    start("push", { HF_CHECK: "2" });
    await expect.poll(heartbeat, poll).toBeGreaterThan(0);
    store("restored");
    await execa("touch", ["-d", "2020-01-01", path("filestore/odoo", nameOf("restored"))]);
    await expect.poll(() => existsSync(third("restored")), poll).toBe(true);
  });
});

describe("fill", () => {
  it("takes the near copy first, and from the third place what that has not got", async () => {
    put("near", "site/copy/odoo/filestore/odoo", nameOf("near"));
    for (const text of ["near", "far"]) put(text, "third/documents/odoo/filestore/odoo", nameOf(text));
    store("kept");
    const { exitCode, stderr } = await start("fill").ended;
    expect(exitCode).toBe(0);
    for (const text of ["near", "far", "kept"])
      expect(readFileSync(path("filestore/odoo", nameOf(text)), "utf8")).toBe(text);
    expect(stderr).toContain('"event":"filled","kept":1,"fromSite":1,"fromThird":1');
  });

  it("does without a near copy that is lost, and begins with nothing where nothing is stored yet", async () => {
    put("", "site.down");
    const { exitCode, stderr } = await start("fill").ended;
    expect(exitCode).toBe(0);
    expect(stderr).toContain("fill-from-site");
    expect(stderr).toContain('"kept":0,"fromSite":0,"fromThird":0');
  });

  it("waits for the third place: a service without its files would only look started", async () => {
    put("", "third.down");
    put("far", "third/documents/odoo/filestore/odoo", nameOf("far"));
    const fill = start("fill");
    await expect
      .poll(() => calls().filter((call) => call.startsWith("copy third")).length, poll)
      .toBeGreaterThan(1);
    rmSync(path("third.down"));
    expect((await fill.ended).exitCode).toBe(0);
    expect(existsSync(path("filestore/odoo", nameOf("far")))).toBe(true);
  });
});

describe("pull", () => {
  it("copies what comes, never overwrites, keeps what is deleted, and tells the lag by the heartbeat", async () => {
    put("one", "third/documents/odoo/filestore/odoo", nameOf("one"));
    const beat = Math.floor(Date.now() / 1000) - 100;
    put(`{"at":${beat},"site":"primary"}`, "third/documents/heartbeat.json");
    start("pull");
    const copy = path("site/copy/odoo/filestore/odoo", nameOf("one"));
    await expect.poll(() => existsSync(copy), poll).toBe(true);
    await expect
      .poll(() => metric("objects.prom", "holdfast_object_lag_seconds"), poll)
      .toBeGreaterThanOrEqual(100);
    put("garbage", "third/documents/odoo/filestore/odoo", nameOf("one"));
    put("two", "third/documents/odoo/filestore/odoo", nameOf("two"));
    await expect
      .poll(() => existsSync(path("site/copy/odoo/filestore/odoo", nameOf("two"))), poll)
      .toBe(true);
    expect(readFileSync(copy, "utf8")).toBe("one");
    rmSync(path("third/documents/odoo"), { recursive: true });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(existsSync(copy)).toBe(true);
    expect(existsSync(path("site/copy/heartbeat.json"))).toBe(false);
    const lag = metric("objects.prom", "holdfast_object_lag_seconds");
    expect(lag).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000) - beat);
  });

  it("lets the lag grow while the third place is away", async () => {
    put(`{"at":${Math.floor(Date.now() / 1000)}}`, "third/documents/heartbeat.json");
    start("pull");
    const lag = (): number | undefined => metric("objects.prom", "holdfast_object_lag_seconds");
    await expect.poll(lag, poll).toBeDefined();
    put("", "third.down");
    const before = lag() ?? 0;
    await expect.poll(lag, poll).toBeGreaterThanOrEqual(before + 5);
  });

  it("tells no lag before there was a heartbeat, and copies nothing into a bucket that keeps no versions", async () => {
    put("one", "third/documents/odoo/filestore/odoo", nameOf("one"));
    put("", "no-versions");
    start("pull");
    await expect
      .poll(() => calls().filter((call) => call.startsWith("mkdir")).length, poll)
      .toBeGreaterThan(1);
    expect(calls().filter((call) => call.startsWith("copy"))).toEqual([]);
    rmSync(path("no-versions"));
    await expect
      .poll(() => calls().filter((call) => call.startsWith("copy")).length, poll)
      .toBeGreaterThan(1);
    expect(existsSync(path("metrics/objects.prom"))).toBe(false);
  });
});

describe("check", () => {
  const row = (text: string): string => `${digestOf(text)}  ${nameOf(text)}\n`;

  it("counts a document that is missing, and one with other contents", async () => {
    const names = ["good", "gone", "spoilt"];
    writeFileSync(path("rows"), [...names, "good"].map(row).join(""));
    put("good", "third/documents/odoo/filestore/odoo", nameOf("good"));
    put("soiled", "third/documents/odoo/filestore/odoo", nameOf("spoilt"));
    const check = start("check");
    await expect.poll(() => metric("objects-check.prom", "holdfast_objects_missing"), poll).toBe(2);
    expect(metric("objects-check.prom", "holdfast_objects_checked")).toBe(3);
    check.kill("SIGTERM");
    const { stderr } = await check.ended;
    expect(stderr).toContain(nameOf("gone"));
    expect(stderr).not.toContain(nameOf("good"));
    expect(statSync(path("work/pgpass")).mode & 0o777).toBe(0o600);
  });

  it("finds nothing where all is there, and where no row names a file", async () => {
    writeFileSync(path("rows"), row("good"));
    put("good", "third/documents/odoo/filestore/odoo", nameOf("good"));
    start("check", { HF_CHECK: "0.2" });
    await expect.poll(() => metric("objects-check.prom", "holdfast_objects_checked"), poll).toBe(1);
    expect(metric("objects-check.prom", "holdfast_objects_missing")).toBe(0);
    writeFileSync(path("rows"), "");
    await expect.poll(() => metric("objects-check.prom", "holdfast_objects_checked"), poll).toBe(0);
    expect(metric("objects-check.prom", "holdfast_objects_missing")).toBe(0);
  });

  it("says nothing of documents while the database or the third place is away", async () => {
    writeFileSync(path("rows"), row("good"));
    put("", "third.down");
    const check = start("check", { HF_CHECK: "0" });
    await expect
      .poll(() => calls().filter((call) => call.startsWith("hashsum")).length, poll)
      .toBeGreaterThan(1);
    rmSync(path("rows"));
    // Twice: of the first one it has spoken by then.
    await expect
      .poll(() => (existsSync(path("refused")) ? statSync(path("refused")).size : 0), poll)
      .toBeGreaterThan(1);
    check.kill("SIGTERM");
    const { stderr } = await check.ended;
    expect(stderr).toContain("cannot connect to third");
    expect(stderr).toContain("could not connect");
    expect(readdirSync(path("metrics"))).toEqual([]);
  });
});
