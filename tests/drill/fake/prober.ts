import type { Present } from "../../../contract/ledger.ts";
import type { Site } from "../../../contract/stack.ts";
import type { Clock } from "../../../drill/ports/host.ts";
import type { LoadPort, ProberPort } from "../../../drill/ports/prober.ts";
import { addresses } from "./contracts.ts";
import { createFakeLedger } from "./ledger.ts";

/** Who serves at a moment, as the prober sees it. */
export type Serving = { readonly site: Site; readonly epoch: number } | null;

const heartbeatMs = 200;
const loadMs = 100;
const userMs = 1000;
const documentMs = 5000;

/** Fills its ledger with what a prober would have written up to now, whenever it is looked at. */
export function createFakeProber(args: {
  readonly clock: Clock;
  readonly serving: (atMs: number) => Serving;
  /** Rows of the lost epoch acknowledged after this moment are not in the recovered database. */
  readonly recoveredUntilMs: (site: Site) => number;
  /** Who answers a rehearsal's own name. */
  readonly canary: (atMs: number) => Serving;
  /** A document was acknowledged. */
  readonly uploaded: (name: string) => void;
  /** Rows that are missing although they were archived. */
  readonly holes: () => ReadonlySet<number>;
}): { readonly prober: ProberPort; readonly load: LoadPort } {
  const { clock } = args;
  const ledger = createFakeLedger();
  const numbers = { heartbeat: 0, load: 0 };
  let filledMs = 0;
  let running = false;
  let loading = false;
  let canaryTries = false;

  function write(writer: "heartbeat" | "load", atMs: number): void {
    const serving = args.serving(atMs);
    numbers[writer] += 1;
    const number = numbers[writer];
    const base = { writer, number, sentAtMs: atMs - 3, atMs } as const;
    if (serving === null) ledger.add({ kind: "unknown", ...base, epoch: 1, error: "timeout" });
    else
      ledger.add({
        kind: "ack",
        ...base,
        epoch: serving.epoch,
        lsn: `0/${number.toString(16).toUpperCase()}`,
        timeline: 1,
      });
  }

  function user(atMs: number, kind: "user" | "canary" = "user"): void {
    const serving = kind === "user" ? args.serving(atMs) : args.canary(atMs);
    ledger.add({
      kind,
      atMs,
      sentAtMs: atMs - 10,
      ok: serving !== null,
      address: serving === null ? null : addresses[serving.site],
      epoch: serving?.epoch ?? null,
      site: serving?.site ?? null,
      recordId: serving === null ? null : 7,
      error: serving === null ? "timeout" : null,
    });
  }

  function document(atMs: number): void {
    const serving = args.serving(atMs);
    const name = serving === null ? null : `do/document-${atMs}`;
    ledger.add({
      kind: "document",
      atMs,
      sentAtMs: atMs - 50,
      ok: serving !== null,
      address: serving === null ? null : addresses[serving.site],
      name,
      bytes: serving === null ? null : 65_536,
      recordId: serving === null ? null : 8,
      error: serving === null ? "timeout" : null,
    });
    if (name !== null) args.uploaded(name);
  }

  function fill(): void {
    if (!running) return;
    for (; filledMs + loadMs <= clock.now(); ) {
      filledMs += loadMs;
      if (loading) write("load", filledMs);
      if (filledMs % heartbeatMs === 0) write("heartbeat", filledMs);
      if (filledMs % userMs === 0) user(filledMs);
      if (filledMs % userMs === 0 && canaryTries) user(filledMs, "canary");
      if (filledMs % documentMs === 0) document(filledMs);
    }
  }

  const prober: ProberPort = {
    ledgerPath: "/nowhere/ledger.jsonl",
    async start() {
      running = true;
      filledMs = Math.floor(clock.now() / userMs) * userMs;
      ledger.add({
        kind: "start",
        atMs: clock.now(),
        prober: "fake",
        publicName: "erp.holdfast.test",
        databaseName: "db.holdfast.test",
      });
    },
    async stop() {
      fill();
      if (running) ledger.add({ kind: "stop", atMs: clock.now() });
      running = false;
    },
    running: async () => running,
    async mark(name, detail) {
      fill();
      ledger.add({ kind: "mark", atMs: clock.now(), name, detail });
      return { atMs: clock.now() };
    },
    async canary(on) {
      fill();
      canaryTries = on;
    },
    async tail(count) {
      fill();
      return ledger.entries().slice(-count);
    },
    async readLedger() {
      fill();
      return ledger.text();
    },
    async present(site, epoch) {
      fill();
      const untilMs = args.recoveredUntilMs(site);
      return (["heartbeat", "load"] as const).map((writer): Present => {
        const ranges: [number, number][] = [];
        for (const entry of ledger.entries()) {
          if (entry.kind !== "ack" || entry.writer !== writer || entry.epoch !== epoch) continue;
          if (entry.atMs > untilMs) continue;
          if (writer === "heartbeat" && args.holes().has(entry.number)) continue;
          const last = ranges.at(-1);
          if (last !== undefined && last[1] === entry.number - 1) last[1] = entry.number;
          else ranges.push([entry.number, entry.number]);
        }
        return { writer, epoch, ranges };
      });
    },
  };
  const load: LoadPort = {
    async start() {
      fill();
      loading = true;
    },
    async stop() {
      fill();
      loading = false;
    },
    running: async () => loading,
  };
  return { prober, load };
}
