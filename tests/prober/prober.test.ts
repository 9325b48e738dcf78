// The prober as a whole on fakes: what its control socket promises, its users, its end, and a second start.
import { describe, expect, it } from "vitest";
import { emptyHead, verifyChain } from "../../contract/ledger-chain.ts";
import { parseControlRequest } from "../../drill/prober/control.ts";
import type { DocumentAction, UserAction } from "../../drill/prober/ports.ts";
import { createProber, type EarlierLedger } from "../../drill/prober/prober.ts";
import { proberSettingsSchema } from "../../drill/prober/settings.ts";
import { createFakeClock } from "../drill/fake/clock.ts";
import { fakeDatabase, fakeOpener, fakeResolver, memoryLedgerFile } from "./fakes.ts";

const settings = proberSettingsSchema.parse({
  directory: "/nowhere",
  resolvers: ["198.18.0.55"],
  caFile: "/nowhere/ca.crt",
  databaseName: "db.holdfast.test",
  publicName: "erp.holdfast.test",
  heartbeat: { passwordFile: "/nowhere/p" },
  load: { passwordFile: "/nowhere/l" },
  user: { passwordFile: "/nowhere/o" },
  canary: { name: "rehearsal.holdfast.test", port: 1443 },
});

function setUp(
  user: UserAction,
  earlier: EarlierLedger = { head: emptyHead, entries: [] },
  documents: DocumentAction | null = null,
  canary: UserAction | null = null,
) {
  const clock = createFakeClock(1_800_000_000_000);
  const file = memoryLedgerFile();
  const database = fakeDatabase("10.0.0.1");
  const prober = createProber({
    clock,
    resolver: fakeResolver(database.address),
    ledgerFile: file,
    log: () => undefined,
    settings,
    earlier,
    heartbeats: fakeOpener([database]),
    load: fakeOpener([fakeDatabase(database.address)]),
    user,
    documents,
    canary,
    timeout: () => new AbortController().signal,
    prober: "test",
  });
  const never = new AbortController();
  const running = prober.run(never.signal);
  return { clock, file, database, prober, running, pass: (ms: number) => clock.sleep(ms, never.signal) };
}

const served: UserAction = { transact: async () => ({ recordId: 7, epoch: 1, site: "primary" }) };

describe("createProber", () => {
  it("begins with start, ends with stop, and everything between is one chain", async () => {
    const { file, prober, running, pass } = setUp(served);
    await pass(3000);
    await prober.handle({ command: "stop" });
    await running;
    const { entries, faults } = verifyChain(file.synced());
    expect(faults).toEqual([]);
    expect(entries[0]?.kind).toBe("start");
    expect(entries.at(-1)?.kind).toBe("stop");
    expect(entries.filter((entry) => entry.kind === "user").length).toBeGreaterThanOrEqual(3);
  });

  it("uploads a document every five seconds, and says of one that failed only that it did", async () => {
    let turn = 0;
    const documents: DocumentAction = {
      upload: async (_address, title) => {
        turn += 1;
        if (turn === 2) throw new Error("no room");
        return { recordId: turn, bytes: 10, name: title };
      },
    };
    const { file, prober, running, pass } = setUp(served, undefined, documents);
    await pass(12_000);
    await prober.handle({ command: "stop" });
    await running;
    const { entries, faults } = verifyChain(file.synced());
    expect(faults).toEqual([]);
    const found = entries.filter((entry) => entry.kind === "document");
    expect(found.map(({ ok, recordId, error }) => ({ ok, recordId, error }))).toEqual([
      { ok: true, recordId: 1, error: null },
      { ok: false, recordId: null, error: "no room" },
      { ok: true, recordId: 3, error: null },
    ]);
    expect(new Set(found.map(({ name }) => name)).size).toBe(3);
  });

  it("tries a rehearsal's name only while it is told to, and never as a user of the business", async () => {
    const asked: string[] = [];
    const canary: UserAction = {
      transact: async (_address, reference) => {
        asked.push(reference);
        return { recordId: 9, epoch: 1, site: "dr" };
      },
    };
    const { file, prober, running, pass } = setUp(served, undefined, null, canary);
    await pass(3000);
    expect(asked).toEqual([]);
    await prober.handle({ command: "canary", on: true });
    await pass(3000);
    await prober.handle({ command: "canary", on: false });
    const tried = asked.length;
    await pass(3000);
    await prober.handle({ command: "stop" });
    await running;
    expect(tried).toBeGreaterThanOrEqual(2);
    expect(asked.length).toBeLessThanOrEqual(tried + 1);
    expect(asked.every((reference) => reference.startsWith("holdfast-canary-"))).toBe(true);
    const { entries } = verifyChain(file.synced());
    const sites = (kind: "user" | "canary") =>
      new Set(entries.flatMap((entry) => (entry.kind === kind ? [entry.site] : [])));
    expect([...sites("canary")]).toEqual(["dr"]);
    expect([...sites("user")]).toEqual(["primary"]);
  });

  it("refuses a rehearsal's name that its config does not have", async () => {
    const { prober, running } = setUp(served);
    expect(await prober.handle({ command: "canary", on: true })).toMatchObject({ ok: false });
    await prober.handle({ command: "stop" });
    await running;
  });

  it("answers a mark when it is on disk, with its time and the head that vouches for it", async () => {
    const { file, prober, running, pass } = setUp(served);
    await pass(1000);
    const answer = await prober.handle({ command: "mark", name: "loss", detail: "primary" });
    if (!answer.ok) throw new Error(answer.error);
    const marked = file.entries().find((entry) => entry.kind === "mark");
    expect(marked).toMatchObject({ name: "loss", atMs: answer.atMs });
    expect(verifyChain(file.synced(), answer.head).faults).toEqual([]);
    await prober.handle({ command: "stop" });
    await running;
  });

  it("does not answer a mark that is not on disk yet", async () => {
    const { file, prober } = setUp(served);
    let release = (): void => undefined;
    const disk = new Promise<void>((resolve) => {
      release = resolve;
    });
    const sync = file.sync;
    file.sync = async () => {
      await disk;
      await sync();
    };
    let answered = false;
    const marking = prober.handle({ command: "mark", name: "loss", detail: "" }).then(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answered).toBe(false);
    release();
    await marking;
    await prober.handle({ command: "stop" });
  });

  it("starts and stops the write load", async () => {
    const { file, prober, running, pass } = setUp(served);
    const rows = () =>
      file.entries().filter((entry) => entry.kind === "ack" && entry.writer === "load").length;
    await pass(1000);
    expect(rows()).toBe(0);
    expect(await prober.handle({ command: "load", rowsPerSecond: 20 })).toMatchObject({
      ok: true,
      loadRowsPerSecond: 20,
    });
    await pass(2000);
    expect(rows()).toBeGreaterThanOrEqual(35);
    await prober.handle({ command: "stop" });
    await running;
  });

  it("writes down why a user was not served, and who served the others", async () => {
    let fails = true;
    const action: UserAction = {
      transact: async (address, reference) => {
        if (fails) throw new Error(`${address}: 502 for ${reference}`);
        return { recordId: 9, epoch: 2, site: "dr" };
      },
    };
    const { file, prober, running, pass } = setUp(action);
    await pass(2500);
    fails = false;
    await pass(2500);
    await prober.handle({ command: "stop" });
    await running;
    const users = file.entries().filter((entry) => entry.kind === "user");
    expect(users[0]).toMatchObject({
      ok: false,
      address: "10.0.0.1",
      epoch: null,
      error: expect.stringContaining("502"),
    });
    expect(users.at(-1)).toMatchObject({ ok: true, epoch: 2, site: "dr", recordId: 9, error: null });
  });

  it("fails, instead of going on unrecorded, when the ledger cannot be written", async () => {
    const { file, running, pass } = setUp(served);
    const outcome = running.then(
      () => null,
      (error: unknown) => error,
    );
    await pass(1000);
    file.failWith = new Error("no space left on device");
    expect(await outcome).toMatchObject({ message: "no space left on device" });
  });

  it("goes on above the numbers of an earlier start, although the database forgot them", async () => {
    const first = setUp(served);
    await first.pass(2000);
    await first.prober.handle({ command: "stop" });
    await first.running;
    const { entries, head } = verifyChain(first.file.synced());
    const highest = Math.max(...entries.flatMap((entry) => (entry.kind === "ack" ? [entry.number] : [])));
    const second = setUp(served, { entries, head });
    await second.pass(1000);
    await second.prober.handle({ command: "stop" });
    await second.running;
    expect(Math.min(...second.database.rows)).toBe(highest + 1);
  });
});

describe("parseControlRequest", () => {
  it.each([
    ["not JSON", "mark loss"],
    ["an unknown command", '{"command":"reboot"}'],
    ["an extra key", '{"command":"stop","force":true}'],
    ["a negative rate", '{"command":"load","rowsPerSecond":-1}'],
  ])("refuses %s", (_, line) => {
    expect(parseControlRequest(line)).toHaveProperty("error");
  });
});
