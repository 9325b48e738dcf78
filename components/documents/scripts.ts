import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Shared with the database's pod: how a script speaks, and how an exporter is kept running. */
const shared = ["log.sh", "exporter.sh", "web-config.yml"] as const;

/** What is mounted at /holdfast/documents: file name -> contents. */
export function readDocumentScripts(): Readonly<Record<string, string>> {
  const own = join(import.meta.dirname, "scripts");
  const database = join(import.meta.dirname, "..", "database", "scripts");
  const read = (folder: string, file: string): [string, string] => [
    file,
    readFileSync(join(folder, file), "utf8"),
  ];
  return Object.fromEntries([
    ...readdirSync(own)
      .sort()
      .map((file) => read(own, file)),
    ...shared.map((file) => read(database, file)),
  ]);
}
