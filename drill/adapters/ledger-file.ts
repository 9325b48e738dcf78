import { createReadStream } from "node:fs";
import { type FileHandle, open, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { LedgerEntry } from "../../contract/ledger.ts";
import { type ChainReport, createChainChecker, emptyHead } from "../../contract/ledger-chain.ts";
import type { LedgerFile } from "../prober/ports.ts";
import type { EarlierLedger } from "../prober/prober.ts";

export interface OpenLedgerFile extends LedgerFile {
  close(): Promise<void>;
}

export async function openLedgerFile(path: string): Promise<OpenLedgerFile> {
  const file = await open(path, "a", 0o644);
  await syncFolder(dirname(path)); // else a crash could take the file's name away, with all its lines
  return {
    append: (text) => file.appendFile(text, "utf8"),
    sync: () => file.datasync(),
    close: () => file.close(),
  };
}

/** Line by line: a ledger of days need not fit into memory twice. */
export async function readLedger(path: string): Promise<ChainReport> {
  const checker = createChainChecker();
  const entries: LedgerEntry[] = [];
  const faults: { readonly line: number; readonly what: string }[] = [];
  const torn = await endsTorn(path);
  let held: string | null = null; // one behind, because the last line of a torn file is none
  const take = (line: string): void => {
    const { entry, fault } = checker.push(line);
    if (entry !== null) entries.push(entry);
    if (fault !== null) faults.push(fault);
  };
  for await (const line of createInterface({
    input: createReadStream(path, "utf8"),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (held !== null) take(held);
    held = line;
  }
  if (held !== null && !torn) take(held);
  return { entries, faults, head: checker.head(), torn };
}

/**
 * What an earlier start left, for going on with it. A torn last line is cut off: it
 * was never on disk as a whole, so nobody was told of it. A broken chain is not gone on with.
 */
export async function resumeLedger(path: string): Promise<EarlierLedger> {
  const report = await readLedger(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (report === null) return { head: emptyHead, entries: [] };
  const fault = report.faults[0];
  if (fault !== undefined) throw new Error(`${path}, line ${fault.line}: ${fault.what}`);
  if (report.torn) await cutTornLine(path);
  return { head: report.head, entries: report.entries };
}

async function endsTorn(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size === 0) return false;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    return buffer.toString("latin1") !== "\n";
  } finally {
    await file.close();
  }
}

async function cutTornLine(path: string): Promise<void> {
  const file = await open(path, "r");
  let end = 0;
  try {
    const { size } = await file.stat();
    const text = (await readBackwards(file, size, 1)).toString("latin1");
    end = size - (text.length - (text.lastIndexOf("\n") + 1));
  } finally {
    await file.close();
  }
  await truncate(path, end);
}

/** The newest `count` entries; unreadable lines are left out, the judge looks at the whole chain. */
export async function tailLedger(path: string, count: number): Promise<readonly LedgerEntry[]> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (file === null || count <= 0) return [];
  try {
    const { size } = await file.stat();
    const lines = (await readBackwards(file, size, count + 1)).toString("utf8").split("\n");
    lines.pop(); // after the last newline: nothing, or a line that is being written
    const checkless = lines.slice(-count).map((line) => createChainChecker().push(line).entry);
    return checkless.filter((entry) => entry !== null);
  } finally {
    await file.close();
  }
}

/** The end of the file, from far enough back to hold `newlines` of them. */
async function readBackwards(file: FileHandle, size: number, newlines: number): Promise<Buffer> {
  let chunks: Buffer[] = [];
  let position = size;
  let seen = 0;
  while (position > 0 && seen <= newlines) {
    const length = Math.min(64 * 1024, position);
    position -= length;
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
    seen += buffer.reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
    chunks = [buffer, ...chunks];
  }
  return Buffer.concat(chunks);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
