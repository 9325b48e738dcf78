// How the database's container runs its server: not as process 1. Does not show what PostgreSQL itself makes of a
// foreign child that ends with an error (it restarts all its sessions); tests/faults 43 was where that was seen.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const start = join(import.meta.dirname, "..", "..", "components", "database", "scripts", "start.sh");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-start-"));
  const server = `#!/bin/bash
echo "parent $(cat /proc/$PPID/comm)"
trap 'echo stopping; exit 7' TERM
while :; do sleep 0.05; done
`;
  writeFileSync(join(folder, "postgres"), server);
  chmodSync(join(folder, "postgres"), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run() {
  return execa(start, ["-c", "port=1"], {
    reject: false,
    extendEnv: false,
    env: { PATH: `${folder}:/usr/bin:/bin`, PGDATA: folder, HF_STATE: folder },
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
