// Knocking at a site while its loss is being detected: a dead way's time-outs pass beside that wait, and what is
// known of the site is never older than a moment. On a fake clock; real sockets are a drill's.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isFresh, knockMeanwhile, knockOnEveryWay } from "../../drill/knocks.ts";
import type { PgPort } from "../../drill/ports/database.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import type { Ports } from "../../drill/ports.ts";
import { createFakeClock } from "./fake/clock.ts";
import { fakeRun } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

const deadMs = 2000;
type Way = Awaited<ReturnType<PgPort["knock"]>>;
const dead: Way = { open: false, detail: "no answer" };
const open: Way = { open: true, detail: "open" };

/** A site whose database says what `answer` makes of the time since the start; the rest of it is dead. */
function site(answer: (atMs: number) => Way | Error) {
  const clock = createFakeClock(0);
  const { signal } = new AbortController();
  const wait = async (of: AbortSignal): Promise<void> => {
    await clock.sleep(deadMs, of).catch(() => undefined); // an aborted knock answers at once, as the real one
  };
  const ports = {
    clock,
    kube: () => ({
      reach: async (of: AbortSignal) => {
        await wait(of);
        return { reachable: false, detail: "timeout" };
      },
    }),
    pg: {
      knock: async (_: string, way: string, of: AbortSignal) => {
        const said = way === "database" ? answer(clock.now()) : dead;
        if (said instanceof Error) throw said;
        if (!said.open) await wait(of);
        return said;
      },
    },
  } as unknown as Ports;
  const lookFor = async (ms: number, of = signal) => {
    const knocking = knockMeanwhile(ports, "primary", of);
    for (let at = 0; at < ms; at += 200) {
      knocking.look();
      await clock.sleep(200, signal);
    }
    return knocking;
  };
  return { clock, ports, lookFor, signal };
}

describe("knocking meanwhile", () => {
  test("a dead site is known to be dead when the wait is over, by a round that has just ended", async () => {
    const { clock, lookFor } = site(() => dead);
    const newest = (await lookFor(4000)).newest();
    expect(newest).toMatchObject({
      api: { open: false },
      database: { open: false },
      gateway: { open: false },
    });
    expect((newest?.endedAtMs ?? 0) - (newest?.startedAtMs ?? 0)).toBe(deadMs);
    expect(clock.now() - (newest?.endedAtMs ?? 0)).toBeLessThan(700);
    expect(newest !== null && isFresh(newest, clock.now())).toBe(true);
    expect(newest !== null && isFresh(newest, clock.now() + 2000)).toBe(false);
  });

  test("nothing is known before a round has ended, nor by one that was cut short", async () => {
    const ended = new AbortController();
    const { clock, lookFor } = site(() => dead);
    const knocking = await lookFor(1000, ended.signal);
    expect(knocking.newest()).toBeNull();
    ended.abort();
    await clock.sleep(3000, new AbortController().signal);
    expect(knocking.newest()).toBeNull();
  });

  test("a way that opens again is seen", async () => {
    const { lookFor } = site((atMs) => (atMs < 2500 ? dead : open));
    expect((await lookFor(5600)).newest()?.database).toEqual(open);
  });

  test("a site that is back on every way is not hidden by a dead round that began before", async () => {
    const { ports, clock, signal } = site((atMs) => (atMs < 2100 ? dead : open));
    const back = {
      ...ports,
      kube: () => ({ reach: async () => ({ reachable: clock.now() >= 2100, detail: "" }) }),
      pg: {
        knock: async (_: string, __: string, of: AbortSignal) => {
          if (clock.now() >= 2100) return open;
          await clock.sleep(deadMs, of);
          return dead;
        },
      },
    } as unknown as Ports;
    const knocking = knockMeanwhile(back, "primary", signal);
    for (let at = 0; at < 3800; at += 200) {
      knocking.look();
      await clock.sleep(200, signal);
    }
    expect(knocking.newest()).toMatchObject({ api: { open: true }, database: open, gateway: open });
  });

  test("a call that failed says nothing; a fault of our own is not swallowed", async () => {
    const failing = site((atMs) => (atMs < 400 ? dead : new PortError("pg", "cut")));
    expect((await failing.lookFor(4000)).newest()?.startedAtMs).toBe(0);
    const { lookFor } = site(() => new TypeError("a fault of ours"));
    const knocking = await lookFor(1000);
    expect(() => knocking.newest()).toThrow("a fault of ours");
  });

  test("one round asks every way at once", async () => {
    const { clock, ports, signal } = site(() => dead);
    const { startedAtMs, endedAtMs } = await knockOnEveryWay(ports, "primary", signal);
    expect(endedAtMs - startedAtMs).toBe(deadMs);
    expect(clock.now()).toBe(deadMs);
  });
});

describe("the fence", () => {
  /**
   * A run in which a dead way takes that long to say so, at the loss and later, and the ledger shows a failure so long
   * after it.
   */
  async function fenceAfter(slow: { atLossMs: number; laterMs: number; detectedAfterMs: number }) {
    const world = createFakeWorld();
    const { pg, clock, prober } = world.ports;
    let lostAt: number | null = null;
    const knock: PgPort["knock"] = async (site, way, signal) => {
      const said = await pg.knock(site, way, signal);
      if (said.open) return said;
      const isFirst = lostAt === null || lostAt === clock.now();
      lostAt ??= clock.now();
      await clock.sleep(isFirst ? slow.atLossMs : slow.laterMs, signal);
      return said;
    };
    const tail: typeof prober.tail = async (lines) =>
      lostAt !== null && clock.now() - lostAt < slow.detectedAfterMs ? [] : prober.tail(lines);
    const ports = { ...world.ports, pg: { ...pg, knock }, prober: { ...prober, tail } };
    const run = await fakeRun({ world, ports });
    const step = run.verdict.steps.find(({ id }) => id === "fence");
    const detected = run.record.facts.get("detected");
    if (step == null || detected === null) throw new Error("no fence in this run");
    expect(run.verdict.integrity.find(({ id }) => id === "old-site-fenced")?.judgement).toBe("met");
    const evidence = JSON.parse(readFileSync(`${run.directory}/evidence/fence.json`, "utf8"));
    return { evidence, detected, tookMs: (step.endMs ?? 0) - (step.startMs ?? 0) };
  }

  test("takes the round at the loss, where that was a moment ago", async () => {
    const { tookMs, evidence, detected } = await fenceAfter({
      atLossMs: 1500,
      laterMs: 15_000,
      detectedAfterMs: 2000,
    });
    expect(evidence.endedAtMs).toBeLessThanOrEqual(detected.atMs);
    expect(tookMs).toBeLessThan(1500);
  });

  test("takes a later round, where the loss was long in being detected", async () => {
    const { tookMs, evidence, detected } = await fenceAfter({
      atLossMs: 1500,
      laterMs: 1500,
      detectedAfterMs: 20_000,
    });
    expect(evidence.startedAtMs).toBeGreaterThan(detected.atMs - 4000);
    expect(evidence.endedAtMs).toBeLessThanOrEqual(detected.atMs);
    expect(tookMs).toBeLessThan(1500);
  });

  test("knocks itself, where no round has ended lately", async () => {
    const { tookMs, evidence, detected } = await fenceAfter({
      atLossMs: 1500,
      laterMs: 15_000,
      detectedAfterMs: 8000,
    });
    expect(evidence.startedAtMs).toBeGreaterThanOrEqual(detected.atMs);
    expect(tookMs).toBeGreaterThanOrEqual(15_000);
  });
});
