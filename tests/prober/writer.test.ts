// Heartbeats and load against databases that die, refuse and come back, on virtual time. The real server's side is in tests/lab.
import { describe, expect, it } from "vitest";
import type { LedgerEntry } from "../../contract/ledger.ts";
import { createLedger } from "../../drill/prober/ledger.ts";
import { createNumbers } from "../../drill/prober/numbers.ts";
import { CommitRefused } from "../../drill/prober/ports.ts";
import { createSessionKeeper } from "../../drill/prober/session-keeper.ts";
import { runWriter } from "../../drill/prober/writer.ts";
import { createFakeClock } from "../drill/fake/clock.ts";
import { type FakeDatabase, fakeDatabase, fakeOpener, fakeResolver, memoryLedgerFile } from "./fakes.ts";

const startMs = 1_800_000_000_000;

function setUp(databases: readonly FakeDatabase[], perSecond = 5) {
  const clock = createFakeClock(startMs);
  const file = memoryLedgerFile();
  const ledger = createLedger(file);
  const resolver = fakeResolver(databases[0]?.address ?? "");
  const opened: string[] = [];
  const said: string[] = [];
  const log = (line: string): void => void said.push(line);
  const keeper = createSessionKeeper(
    { clock, resolver, opener: fakeOpener(databases, opened), log },
    "db.holdfast.test",
  );
  const numbers = createNumbers();
  const stop = new AbortController();
  let rate = perSecond;
  const running = runWriter(
    { clock, ledger, keeper, numbers, log },
    { writer: "heartbeat", perSecond: () => rate, backlogMost: 0 },
    stop.signal,
  ).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return {
    clock,
    resolver,
    opened,
    said,
    numbers,
    setRate: (next: number) => {
      rate = next;
    },
    entries: (): readonly LedgerEntry[] => file.entries(),
    acked: (epoch = 1): readonly number[] =>
      file
        .entries()
        .flatMap((entry) => (entry.kind === "ack" && entry.epoch === epoch ? [entry.number] : [])),
    pass: (ms: number) => clock.sleep(ms, stop.signal),
    end: async () => {
      await ledger.durable();
      stop.abort(new Error("end of test"));
      await running;
    },
  };
}

describe("a writer", () => {
  it("commits at its rate, numbers without a gap, one acknowledgement a line", async () => {
    const database = fakeDatabase("10.0.0.1");
    const world = setUp([database]);
    await world.pass(10_000);
    await world.end();
    const acked = world.acked();
    expect(acked.length).toBeGreaterThanOrEqual(50);
    expect(acked.length).toBeLessThanOrEqual(52);
    expect(acked).toEqual(acked.map((_, index) => index + 1));
    expect(world.entries()[0]).toMatchObject({ lsn: "0/100", timeline: 1, sentAtMs: startMs });
  });

  it("goes on above what the database holds", async () => {
    const database = fakeDatabase("10.0.0.1");
    database.rows.add(41);
    const world = setUp([database]);
    await world.pass(500);
    await world.end();
    expect(world.acked()[0]).toBe(42);
  });

  it("calls an interrupted commit unknown and never sends its number again", async () => {
    const database = fakeDatabase("10.0.0.1");
    const world = setUp([database]);
    await world.pass(1000);
    database.next = "lost-after";
    await world.pass(1000);
    database.next = "lost-before";
    await world.pass(1000);
    await world.end();
    const unknown = world.entries().flatMap((entry) => (entry.kind === "unknown" ? [entry.number] : []));
    expect(unknown).toHaveLength(2);
    expect(database.rows.has(unknown[0] ?? 0)).toBe(true);
    expect(database.rows.has(unknown[1] ?? 0)).toBe(false);
    const sent = world
      .entries()
      .flatMap((entry) => (entry.kind === "ack" || entry.kind === "unknown" ? [entry.number] : []));
    expect(new Set(sent).size).toBe(sent.length);
    expect(sent).toEqual([...sent].sort((a, b) => a - b));
  });

  it("connects anew without an unknown row when the server said goodbye between two rows", async () => {
    const database = fakeDatabase("10.0.0.1");
    const world = setUp([database]);
    await world.pass(1000);
    database.dropped = true;
    await world.pass(1000);
    await world.end();
    expect(world.opened).toHaveLength(2);
    expect(world.entries().filter((entry) => entry.kind === "unknown")).toEqual([]);
  });

  it("writes no line for a row that the server refused, and tries again", async () => {
    const database = fakeDatabase("10.0.0.1");
    const world = setUp([database]);
    await world.pass(1000);
    database.next = new CommitRefused("cannot execute INSERT in a read-only transaction");
    await world.pass(2000);
    await world.end();
    expect(world.entries().every((entry) => entry.kind === "ack")).toBe(true);
    expect(world.said.some((line) => line.includes("read-only"))).toBe(true);
    expect(world.acked().at(-1)).toBeGreaterThan(8);
  });

  it("notices a recovery within the longest backoff and one interval", async () => {
    const [primary, dr] = [fakeDatabase("10.0.0.1"), fakeDatabase("10.0.0.2", 2)];
    const world = setUp([primary, dr]);
    await world.pass(3000);
    primary.alive = false;
    dr.alive = false;
    await world.pass(60_000);
    world.resolver.address = dr.address;
    dr.alive = true;
    const backAtMs = world.clock.now();
    await world.pass(5000);
    await world.end();
    const first = world.entries().find((entry) => entry.kind === "ack" && entry.epoch === 2);
    expect(first?.atMs).toBeGreaterThanOrEqual(backAtMs);
    expect(first?.atMs).toBeLessThanOrEqual(backAtMs + 700);
  });

  it("numbers a new epoch on its own, and never gives an old epoch's number twice to a restored copy", async () => {
    const [primary, dr] = [fakeDatabase("10.0.0.1"), fakeDatabase("10.0.0.2")];
    const world = setUp([primary, dr]);
    await world.pass(5000);
    const highest = world.acked().at(-1) ?? 0;
    // A copy that knows less than was acknowledged, and has not been given its term yet.
    for (let number = 1; number <= highest - 10; number += 1) dr.rows.add(number);
    primary.alive = false;
    world.resolver.address = dr.address;
    await world.pass(3000);
    dr.epoch = 2;
    await world.pass(3000);
    await world.end();
    const acked = world.acked(1);
    expect(new Set(acked).size).toBe(acked.length);
    expect([...dr.rows].filter((number) => number > highest - 10 && number <= highest)).toEqual([]);
    expect(world.acked(2)[0]).toBeGreaterThan(0);
  });

  it("moves when the name moves, keeps the old connection until the new one is open, and loses no row over it", async () => {
    const [primary, dr] = [fakeDatabase("10.0.0.1"), fakeDatabase("10.0.0.2", 2)];
    dr.alive = false;
    const world = setUp([primary, dr]);
    await world.pass(3000);
    world.resolver.address = dr.address;
    await world.pass(5000);
    const before = primary.rows.size;
    expect(before).toBeGreaterThanOrEqual(39); // dr does not answer: primary is kept
    dr.alive = true;
    await world.pass(5000);
    await world.end();
    expect(world.acked(2).length).toBeGreaterThan(10);
    expect(world.entries().filter((entry) => entry.kind === "unknown")).toEqual([]);
    expect(world.opened).toEqual([primary.address, dr.address]);
  });

  it("keeps its connection while the name servers do not answer", async () => {
    const database = fakeDatabase("10.0.0.1");
    const world = setUp([database]);
    await world.pass(1000);
    world.resolver.address = null;
    await world.pass(10_000);
    await world.end();
    expect(world.acked().length).toBeGreaterThanOrEqual(54);
    expect(world.opened).toHaveLength(1);
  });

  it("does not make up for a stall with a burst", async () => {
    const database = fakeDatabase("10.0.0.1");
    const world = setUp([database]);
    await world.pass(2000);
    world.resolver.address = null;
    database.alive = false;
    await world.pass(20_000);
    database.alive = true;
    world.resolver.address = database.address;
    const from = world.acked().length;
    await world.pass(2000);
    await world.end();
    expect(world.acked().length - from).toBeLessThanOrEqual(12);
  });

  it("pauses at rate 0 without a connection, and starts when the rate is set", async () => {
    const database = fakeDatabase("10.0.0.1");
    const world = setUp([database], 0);
    await world.pass(3000);
    expect(world.opened).toEqual([]);
    world.setRate(20);
    await world.pass(1100);
    world.setRate(0);
    await world.pass(200);
    const count = world.acked().length;
    await world.pass(2000);
    await world.end();
    expect(count).toBeGreaterThanOrEqual(18);
    expect(world.acked()).toHaveLength(count);
  });
});
