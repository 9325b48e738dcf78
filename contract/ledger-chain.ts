import { createHash } from "node:crypto";
import { type LedgerEntry, ledgerEntrySchema } from "./ledger.ts";

/**
 * The chain of the prober's ledger: each line holds the sha256 of the line before
 * it, the first one holds zeros. Writer, reader and judge share these functions,
 * so that they cannot disagree about what a line's hash is.
 */
export const chainOrigin = "0".repeat(64);

/** Hash of one line as it lies in the file, without its newline. */
export function hashLine(line: string): string {
  return createHash("sha256").update(line, "utf8").digest("hex");
}

/** Where the next line joins on: its sequence number and the hash it must carry. */
export interface ChainHead {
  readonly seq: number;
  readonly prev: string;
}

export const emptyHead: ChainHead = { seq: 0, prev: chainOrigin };

/** `Omit` that keeps a union's members apart. */
type WithoutLink<T> = T extends unknown ? Omit<T, "seq" | "prev"> : never;
export type LedgerEvent = WithoutLink<LedgerEntry>;

export function linkEntry(
  head: ChainHead,
  event: LedgerEvent,
): { readonly line: string; readonly head: ChainHead } {
  const line = JSON.stringify({ seq: head.seq, ...event, prev: head.prev });
  return { line, head: { seq: head.seq + 1, prev: hashLine(line) } };
}

export interface ChainFault {
  /** 1 for the first line. */
  readonly line: number;
  readonly what: string;
}

export interface ChainReport {
  readonly entries: readonly LedgerEntry[];
  /** Empty when every line is one of ours and joins the line before it. */
  readonly faults: readonly ChainFault[];
  readonly head: ChainHead;
  /**
   * The file ends in the middle of a line: the writer died while writing it. Nothing
   * was promised about that line, so it is no fault.
   */
  readonly torn: boolean;
}

/** Checks lines one after the other, so that a reader need not hold the file. */
export function createChainChecker(): {
  readonly push: (line: string) => { readonly entry: LedgerEntry | null; readonly fault: ChainFault | null };
  readonly head: () => ChainHead;
} {
  let head = emptyHead;
  let lines = 0;
  return {
    head: () => head,
    push: (line) => {
      lines += 1;
      const expected = head;
      head = { seq: expected.seq + 1, prev: hashLine(line) };
      const fault = (what: string): ChainFault => ({ line: lines, what });
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch (error) {
        return {
          entry: null,
          fault: fault(`not JSON: ${error instanceof Error ? error.message : String(error)}`),
        };
      }
      const parsed = ledgerEntrySchema.safeParse(value);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        return {
          entry: null,
          fault: fault(`not a ledger entry: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}`),
        };
      }
      const entry = parsed.data;
      if (entry.prev !== expected.prev) {
        return {
          entry,
          fault: fault(
            "does not carry the hash of the line before it: that line was changed, added or removed",
          ),
        };
      }
      if (entry.seq !== expected.seq) {
        return { entry, fault: fault(`has sequence number ${entry.seq}, expected ${expected.seq}`) };
      }
      return { entry, fault: null };
    },
  };
}

/**
 * A change, an insertion and a removal anywhere but at the end are seen from the
 * text alone; a cut at the end only against a head kept elsewhere (`expectedHead`,
 * which the prober gives out with every mark).
 */
export function verifyChain(text: string, expectedHead?: ChainHead): ChainReport {
  const lines = text.split("\n");
  const tail = lines.pop() ?? "";
  const checker = createChainChecker();
  const entries: LedgerEntry[] = [];
  const faults: ChainFault[] = [];
  let seen = expectedHead === undefined || expectedHead.seq === 0;
  for (const line of lines) {
    const { entry, fault } = checker.push(line);
    if (entry !== null) entries.push(entry);
    if (fault !== null) faults.push(fault);
    const head = checker.head();
    if (expectedHead !== undefined && head.seq === expectedHead.seq && head.prev === expectedHead.prev)
      seen = true;
  }
  if (!seen)
    faults.push({
      line: lines.length,
      what: `ends before, or differs at, line ${expectedHead?.seq} that the prober vouched for`,
    });
  return { entries, faults, head: checker.head(), torn: tail !== "" };
}
