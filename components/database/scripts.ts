import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** Those that a pod starts, or PostgreSQL calls: named without a suffix, as a command is. The others are sourced. */
const commands: readonly string[] = [
  "archive-get",
  "archive-push",
  "backup",
  "exporter",
  "logical-dump",
  "restore",
  "restore-test",
  "start",
  "steward",
  "verify",
  "watch",
];

/** What is mounted at /holdfast/bin: file name -> contents. */
export function readScripts(): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const folder of ["scripts", "sql"]) {
    const path = join(import.meta.dirname, folder);
    for (const file of readdirSync(path).sort()) {
      const command = basename(file, ".sh");
      files[commands.includes(command) ? command : file] = readFileSync(join(path, file), "utf8");
    }
  }
  return files;
}
