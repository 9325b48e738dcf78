import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LedgerEntry, Present } from "../../contract/ledger.ts";
import { countLost } from "../../drill/verdict/lost.ts";

/** Acknowledged minus present, against a second count that knows nothing of ranges. Not how the rows got there. */

interface Row {
  readonly writer: "heartbeat" | "load";
  readonly epoch: number;
  readonly fate: "ack" | "unknown";
  readonly present: boolean;
}

const rowArbitrary: fc.Arbitrary<Row> = fc.record({
  writer: fc.constantFrom("heartbeat", "load"),
  epoch: fc.constantFrom(1, 2),
  fate: fc.constantFrom("ack", "unknown"),
  present: fc.boolean(),
});

function build(rows: readonly Row[]): {
  readonly entries: LedgerEntry[];
  readonly present: Present[];
  readonly keys: string[];
} {
  const numbers = new Map<string, number>();
  const here = new Map<string, number[]>();
  const keys: string[] = [];
  const entries = rows.map((row, seq): LedgerEntry => {
    const key = `${row.writer} ${row.epoch}`;
    const number = (numbers.get(key) ?? 0) + 1;
    numbers.set(key, number);
    keys.push(`${key} ${number}`);
    if (row.present) here.set(key, [...(here.get(key) ?? []), number]);
    const base = {
      seq,
      prev: "",
      atMs: seq * 10 + 5,
      sentAtMs: seq * 10,
      writer: row.writer,
      epoch: row.epoch,
      number,
    };
    return row.fate === "ack"
      ? { ...base, kind: "ack", lsn: "0/1", timeline: 1 }
      : { ...base, kind: "unknown", error: "reset" };
  });
  const present = [...here].map(([key, list]): Present => {
    const [writer, epoch] = key.split(" ");
    return { writer: writer === "load" ? "load" : "heartbeat", epoch: Number(epoch), ranges: toRanges(list) };
  });
  return { entries, present, keys };
}

function toRanges(numbers: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}

describe("countLost", () => {
  test("agrees with counting row by row", () => {
    fc.assert(
      fc.property(fc.array(rowArbitrary, { maxLength: 60 }), (rows) => {
        const { entries, present } = build(rows);
        const count = countLost(entries, present, 1);
        const lost = rows.filter((row) => row.epoch === 1 && row.fate === "ack" && !row.present);
        expect(count.lost).toBe(lost.length);
        expect(Object.values(count.lostByWriter).reduce((a, b) => a + b, 0)).toBe(lost.length);
        // A row is a hole exactly when a later acknowledged row is there.
        const holes = rows.filter(
          (row, index) =>
            row.epoch === 1 &&
            row.fate === "ack" &&
            !row.present &&
            rows.slice(index + 1).some((later) => later.epoch === 1 && later.fate === "ack" && later.present),
        );
        expect(count.holes).toHaveLength(holes.length);
        expect(count.foreign).toBe(0);
      }),
      { numRuns: 500 },
    );
  });

  const ack = (number: number, atMs: number): LedgerEntry => ({
    seq: number,
    prev: "",
    kind: "ack",
    writer: "heartbeat",
    epoch: 1,
    number,
    atMs,
    sentAtMs: atMs - 5,
    lsn: "0/1",
    timeline: 1,
  });

  test("two rows under way at once may be lost in either order", () => {
    // 1 was acknowledged after 2 had been sent: only 2's commit is known to be there.
    const entries = [ack(1, 1000), { ...ack(2, 1001), sentAtMs: 996 }];
    const count = countLost(entries, [{ writer: "heartbeat", epoch: 1, ranges: [[2, 2]] }], 1);
    expect(count).toMatchObject({ lost: 1, holes: [] });
  });

  test("numbers of an earlier run below the first one sent are nobody's foreign rows", () => {
    const present: Present[] = [{ writer: "heartbeat", epoch: 1, ranges: [[1, 101]] }];
    expect(countLost([ack(100, 1000), ack(101, 1200)], present, 1).foreign).toBe(0);
  });

  test("a number that was never sent is foreign", () => {
    const present: Present[] = [{ writer: "heartbeat", epoch: 1, ranges: [[1, 3]] }];
    expect(countLost([ack(1, 1000), ack(2, 1200)], present, 1).foreign).toBe(1);
  });

  test("nothing present means everything acknowledged is lost", () => {
    expect(countLost([ack(1, 1000), ack(2, 1200)], [], 1)).toMatchObject({
      lost: 2,
      lastPresentHeartbeatAtMs: null,
    });
  });
});
