// How the database's container runs its server: not as process 1. Does not show what PostgreSQL itself makes of a
// foreign child that ends with an error (it restarts all its sessions); tests/faults 43 was where that was seen.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const start = join(import.meta.dirname, "..", "..", "components", "database", "scripts", "start.sh");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-start-"));
  const server = `#!/bin/bash
[[ "$*" != *" -C archive_mode" ]] || { echo "$ARCHIVE_MODE"; exit; }
trap 'echo stopping; exit 7' TERM
# Last: whoever reads it sends TERM.
echo "parent $(cat /proc/$PPID/comm)"
while :; do sleep 0.05; done
`;
  writeFileSync(join(folder, "postgres"), server);
  chmodSync(join(folder, "postgres"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(environment: Readonly<Record<string, string>> = { HF_ROLE: "active" }) {
  return execa(start, ["-c", "port=1"], {
    reject: false,
    extendEnv: false,
    env: {
      PATH: `${folder}:/usr/bin:/bin`,
      PGDATA: folder,
      HF_STATE: folder,
      ARCHIVE_MODE: "on",
      ...environment,
    },
  });
}

describe("start", () => {
  it("stays the server's parent, hands TERM on and ends as the server ends", async () => {
    const running = run();
    running.stdout?.once("data", () => running.kill("SIGTERM"));
    const { exitCode, stdout } = await running;
    expect(stdout.split("\n")).toEqual(["parent start.sh", "stopping"]);
    expect(exitCode).toBe(7);
  });
});

/** Fault 58: a copy that would archive into the repository of the cluster that it is a copy of. */
describe("a copy", () => {
  it.each([
    ["a rehearsal", { HF_ROLE: "rehearsal" }],
    ["one beside production, which has no role", {}],
    ["one that always archives", { HF_ROLE: "rehearsal", ARCHIVE_MODE: "always" }],
  ])("is not started with archiving on: %s", async (_, environment) => {
    const { exitCode, stdout, stderr } = await run(environment);
    expect(exitCode).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/archive_mode is (on|always) in a copy \(role (rehearsal|none)\)/);
    // The steward shows it as the reason.
    expect(readFileSync(join(folder, "fatal"), "utf8")).toMatch(/^FATAL: {2}archive_mode is/);
  });

  it("is started with archiving off", async () => {
    const running = run({ HF_ROLE: "rehearsal", ARCHIVE_MODE: "off" });
    running.stdout?.once("data", () => running.kill("SIGTERM"));
    expect((await running).exitCode).toBe(7);
  });

  it("is told apart from a site that holds a term, which archives", async () => {
    for (const HF_ROLE of ["active", "draining"]) {
      const running = run({ HF_ROLE });
      running.stdout?.once("data", () => running.kill("SIGTERM"));
      expect((await running).exitCode).toBe(7);
    }
  });
});
