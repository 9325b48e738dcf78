import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/** The few file operations of a run's directory. All that must survive a crash is fsynced. */

export const journalFile = "journal.jsonl";
export const manifestFile = "manifest.json";
export const evidenceFolder = "evidence";
export const ledgerEvidence = "evidence/ledger.jsonl";
export const presentEvidence = "evidence/present.json";
export const documentsEvidence = "evidence/documents.json";
/** What was expected of the run, written before its first step. */
export const forecastEvidence = "evidence/forecast.json";
/** What bare commands took for the same, on the same node. */
export const floorEvidence = "evidence/floor.json";
/** When the third place's store took each WAL segment. */
export const archivedEvidence = "evidence/archived.json";
/** The engine's events of the `up` that promoted. */
export const activationEvidence = "evidence/up-dr-activate.jsonl";

export function sha256(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Fails when it exists: two runs never share a directory. */
export function createRunDirectory(directory: string): void {
  mkdirSync(dirname(directory), { recursive: true });
  mkdirSync(directory, { recursive: false });
  mkdirSync(join(directory, evidenceFolder));
  syncDirectory(directory);
}

/** Appends one line; returns when it is on disk. */
export function openAppend(path: string): { append(line: string): void; close(): void } {
  const handle = openSync(path, "ax", 0o644);
  syncDirectory(dirname(path));
  return appendTo(handle);
}

/** Goes on behind the first `bytes` of a file; what lies after them is cut off. */
export function reopenAppend(path: string, bytes: number): ReturnType<typeof openAppend> {
  truncateSync(path, bytes);
  return appendTo(openSync(path, "a"));
}

function appendTo(handle: number): ReturnType<typeof openAppend> {
  return {
    append(line) {
      writeAll(handle, `${line}\n`);
      fsyncSync(handle);
    },
    close() {
      closeSync(handle);
    },
  };
}

/** Whole or not at all: written beside, synced, renamed. */
export function writeWhole(path: string, text: string): void {
  stageWhole(path, text).commit();
}

/** Written beside and synced; `commit` gives it its name. */
export function stageWhole(path: string, text: string): { commit(): void } {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}${stagedSuffix}`;
  const handle = openSync(beside, "w", 0o644);
  try {
    writeAll(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return {
    commit() {
      renameSync(beside, path);
      syncDirectory(dirname(path));
    },
  };
}

const stagedSuffix = ".part";

/**
 * After a death: a staged file that the journal names gets its name, any other goes. `digests` holds the newest
 * sha256 of each path of the run's evidence.
 */
export function settleStaged(directory: string, digests: ReadonlyMap<string, string>): void {
  for (const { path, sha256: found } of hashEvidence(directory)) {
    if (!path.endsWith(stagedSuffix)) continue;
    const wanted = path.slice(0, -stagedSuffix.length);
    if (digests.get(wanted) === found) renameSync(join(directory, path), join(directory, wanted));
    else rmSync(join(directory, path));
  }
}

export function readTextIfThere(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}

/** Every file below `evidence/`, with the sha256 of what is on disk now; paths with forward slashes, sorted. */
export function hashEvidence(
  directory: string,
): readonly { readonly path: string; readonly sha256: string }[] {
  const root = join(directory, evidenceFolder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return { path: relative(directory, path).split(sep).join("/"), sha256: sha256(readFileSync(path)) };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function writeAll(handle: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  let written = 0;
  while (written < bytes.length) written += writeSync(handle, bytes, written);
}

/** A new name is durable only when its directory is. */
function syncDirectory(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
