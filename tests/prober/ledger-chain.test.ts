// The ledger's chain. Does not prove that the lines are true, only that nobody changed them afterwards.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ChainHead,
  chainOrigin,
  emptyHead,
  type LedgerEvent,
  linkEntry,
  verifyChain,
} from "../../contract/ledger-chain.ts";

const events: readonly LedgerEvent[] = [
  {
    kind: "start",
    atMs: 1,
    prober: "third pid 7",
    publicName: "erp.holdfast.test",
    databaseName: "db.holdfast.test",
  },
  {
    kind: "ack",
    atMs: 2,
    writer: "heartbeat",
    epoch: 1,
    number: 1,
    sentAtMs: 1,
    lsn: "0/1000028",
    timeline: 1,
  },
  { kind: "ack", atMs: 3, writer: "load", epoch: 1, number: 1, sentAtMs: 2, lsn: "0/1000128", timeline: 1 },
  {
    kind: "unknown",
    atMs: 4,
    writer: "heartbeat",
    epoch: 1,
    number: 2,
    sentAtMs: 3,
    error: "connection lost",
  },
  {
    kind: "user",
    atMs: 5,
    ok: false,
    sentAtMs: 4,
    address: null,
    epoch: null,
    site: null,
    recordId: null,
    error: "no address",
  },
  { kind: "mark", atMs: 6, name: "loss", detail: "primary" },
  { kind: "stop", atMs: 7 },
];

function write(list: readonly LedgerEvent[]): {
  readonly text: string;
  readonly head: ChainHead;
  readonly lines: readonly string[];
} {
  let head = emptyHead;
  const lines: string[] = [];
  for (const event of list) {
    const linked = linkEntry(head, event);
    lines.push(linked.line);
    head = linked.head;
  }
  return { text: lines.map((line) => `${line}\n`).join(""), head, lines };
}

describe("a ledger as it was written", () => {
  it("is whole, and its first line carries zeros", () => {
    const { text, head } = write(events);
    const report = verifyChain(text, head);
    expect(report.faults).toEqual([]);
    expect(report.entries.map((entry) => entry.kind)).toEqual(events.map((event) => event.kind));
    expect(report.entries[0]?.prev).toBe(chainOrigin);
    expect(report.head).toEqual(head);
    expect(report.torn).toBe(false);
  });

  it("is whole when the writer died in the middle of a line", () => {
    const { text, lines } = write(events);
    const torn = text.slice(0, -10);
    const report = verifyChain(torn);
    expect(report).toMatchObject({ faults: [], torn: true });
    expect(report.entries).toHaveLength(lines.length - 1);
  });
});

describe("a ledger that was changed", () => {
  const { lines, head } = write(events);
  const join = (changed: readonly string[]): string => changed.map((line) => `${line}\n`).join("");

  it("is seen when a number was changed, at the line after it", () => {
    const changed = lines.map((line, index) =>
      index === 1 ? line.replace('"number":1', '"number":9') : line,
    );
    expect(verifyChain(join(changed)).faults).toMatchObject([
      { line: 3, what: expect.stringContaining("hash of the line before") },
    ]);
  });

  it("is seen when a line was taken out of the middle", () => {
    const { faults } = verifyChain(join(lines.filter((_, index) => index !== 3)));
    expect(faults[0]?.line).toBe(4);
  });

  it("is seen when its end was cut off, against a head that the prober gave out", () => {
    expect(verifyChain(join(lines.slice(0, -2))).faults).toEqual([]);
    expect(verifyChain(join(lines.slice(0, -2)), head).faults).toMatchObject([
      { what: expect.stringContaining("vouched for") },
    ]);
  });

  it("is seen when the last line was changed, against that head", () => {
    const changed = lines.map((line, index) =>
      index === lines.length - 1 ? line.replace('"atMs":7', '"atMs":8') : line,
    );
    expect(verifyChain(join(changed), head).faults).toHaveLength(1);
  });

  it("is seen when lines were numbered anew and all hashes made to fit", () => {
    const shifted = linkEntry({ seq: 1, prev: emptyHead.prev }, events[0] as LedgerEvent).line;
    expect(verifyChain(`${shifted}\n`).faults).toMatchObject([
      { line: 1, what: expect.stringContaining("sequence number 1, expected 0") },
    ]);
  });

  it("is seen whatever byte is changed, against the head", () => {
    const text = join(lines);
    fc.assert(
      fc.property(
        fc.nat({ max: text.length - 2 }),
        fc.constantFrom("0", "9", "a", "Z", "{", "\n"),
        (at, byte) => {
          fc.pre(text[at] !== byte);
          const changed = text.slice(0, at) + byte + text.slice(at + 1);
          expect(verifyChain(changed, head).faults.length).toBeGreaterThan(0);
        },
      ),
    );
  });
});
