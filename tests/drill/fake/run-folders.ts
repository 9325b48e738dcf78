import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];

/** Memory, where there is one: thousands of fsyncs would otherwise be what a test waits for. */
export function freshDirectory(): string {
  const directory = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "holdfast-run-"));
  made.push(directory);
  return directory;
}

export function removeRunFolders(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}
