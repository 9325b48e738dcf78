import { z } from "zod";
import { sha256 } from "./run-directory.ts";

/** manifest.json: every evidence file with its digest. Its own digest closes the journal, so it cannot be made anew. */
export const manifestSchema = z.object({
  schemaVersion: z.literal(1),
  run: z.string(),
  files: z.array(z.object({ path: z.string(), sha256: z.string(), bytes: z.number().int() })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export function renderManifest(
  run: string,
  files: Manifest["files"],
): { readonly text: string; readonly sha256: string } {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const text = `${JSON.stringify({ schemaVersion: 1, run, files: sorted }, null, 2)}\n`;
  return { text, sha256: sha256(text) };
}

export interface EvidenceFacts {
  /** From the journal: what was written during the run. */
  readonly recorded: readonly { readonly path: string; readonly sha256: string }[];
  /** What is on disk now. */
  readonly onDisk: readonly { readonly path: string; readonly sha256: string }[];
  readonly manifestText: string | null;
  /** From the journal's close entry; null while the run is open. */
  readonly manifestSha256: string | null;
}

/** What does not agree between journal, manifest and disk. Empty means untouched. */
export function compareEvidence(facts: EvidenceFacts): readonly string[] {
  const problems: string[] = [];
  const disk = new Map(facts.onDisk.map((file) => [file.path, file.sha256]));
  const recorded = new Map(facts.recorded.map((file) => [file.path, file.sha256]));
  for (const [path, digest] of recorded) {
    const found = disk.get(path);
    if (found === undefined) problems.push(`${path} is missing`);
    else if (found !== digest) problems.push(`${path} was changed`);
  }
  for (const path of disk.keys()) if (!recorded.has(path)) problems.push(`${path} was added`);
  if (facts.manifestSha256 === null) return problems;
  if (facts.manifestText === null) return [...problems, "manifest.json is missing"];
  if (sha256(facts.manifestText) !== facts.manifestSha256) problems.push("manifest.json was changed");
  return problems;
}
