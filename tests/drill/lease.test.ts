import { describe, expect, test } from "vitest";
import { createLease, type LeaseOptions, leaseKey } from "../../drill/lease.ts";
import { createFakeClock } from "./fake/clock.ts";
import { createFakeStore } from "./fake/store.ts";

/** The lease's rules over a store whose conditional writes hold. That the real store's do is the lab's test. */

const { signal } = new AbortController();

function place() {
  const clock = createFakeClock(1_000_000);
  const s3 = createFakeStore(clock);
  const lease = (run: string, more: Partial<LeaseOptions> = {}) =>
    createLease({
      s3,
      clock,
      bucket: "control",
      run,
      operator: "ops",
      host: "here",
      pid: 1,
      durationMs: 60_000,
      graceMs: 60_000,
      isAlive: () => true,
      ...more,
    });
  return { clock, s3, lease };
}

describe("lease", () => {
  test("one holds it, a second one learns who", async () => {
    const { lease } = place();
    expect(await lease("a").acquire(signal)).toEqual({ acquired: true });
    const second = await lease("b", { host: "there" }).acquire(signal);
    expect(second).toMatchObject({
      acquired: false,
      holder: { run: "a", operator: "ops", host: "here", pid: 1 },
    });
  });

  test("of many at once exactly one wins", async () => {
    const { lease } = place();
    const taken = await Promise.all(
      Array.from({ length: 32 }, (_, index) => lease(`r${index}`).acquire(signal)),
    );
    expect(taken.filter(({ acquired }) => acquired)).toHaveLength(1);
  });

  test("the same run takes it over from a dead driver at once, from a living one not", async () => {
    const { lease } = place();
    await lease("a", { pidStartTime: "7" }).acquire(signal);
    const alive = (pid: number, startTime: string | null) => pid === 1 && startTime === "7";
    expect((await lease("a", { pid: 2, isAlive: alive }).acquire(signal)).acquired).toBe(false);
    expect((await lease("a", { pid: 2, isAlive: () => false }).acquire(signal)).acquired).toBe(true);
  });

  test("on another host the same run waits until it has run out, and no longer", async () => {
    const { lease, clock } = place();
    await lease("a").acquire(signal);
    await clock.sleep(59_000, signal);
    expect((await lease("a", { host: "there", pid: 2 }).acquire(signal)).acquired).toBe(false);
    await clock.sleep(2_000, signal);
    expect((await lease("a", { host: "there", pid: 2 }).acquire(signal)).acquired).toBe(true);
  });

  test("a dead process on this host holds nothing; on another host only time tells", async () => {
    const { lease, clock } = place();
    await lease("a").acquire(signal);
    expect((await lease("b", { isAlive: () => false, host: "there" }).acquire(signal)).acquired).toBe(false);
    await clock.sleep(119_000, signal);
    expect((await lease("b", { isAlive: () => false, host: "there" }).acquire(signal)).acquired).toBe(false);
    await clock.sleep(2_000, signal);
    expect((await lease("b", { isAlive: () => false, host: "there" }).acquire(signal)).acquired).toBe(true);
    expect((await lease("c", { isAlive: () => false, host: "there" }).acquire(signal)).acquired).toBe(true);
  });

  test("what was taken over cannot be renewed, and releasing it frees nothing of the new holder's", async () => {
    const { lease, s3 } = place();
    const first = lease("a");
    await first.acquire(signal);
    await lease("b", { isAlive: () => false }).acquire(signal);
    expect(await first.renew(signal)).toEqual({ renewed: false });
    await first.release(signal);
    expect((await s3.getText("control", leaseKey, signal))?.text).toContain('"run":"b"');
  });

  test("an emergency takes it from a rehearsal at once, and from nobody else", async () => {
    for (const [purpose, gives] of [
      ["rehearsal", true],
      ["drill", false],
      ["emergency", false],
    ] as const) {
      const { lease } = place();
      const holder = lease("a", { purpose });
      await holder.acquire(signal);
      const second = lease("b", { host: "there", purpose: "emergency" });
      expect((await second.acquire(signal)).acquired, purpose).toBe(gives);
      // Who lost it learns that when it renews, and gives back nothing of the new holder's.
      expect(await holder.renew(signal), purpose).toEqual({ renewed: !gives });
    }
  });

  test("a rehearsal or a drill waits for a rehearsal as for everybody", async () => {
    const { lease } = place();
    await lease("a", { purpose: "rehearsal" }).acquire(signal);
    for (const purpose of ["rehearsal", "drill"] as const)
      expect((await lease("b", { host: "there", purpose }).acquire(signal)).acquired, purpose).toBe(false);
  });

  test("a lease of an older version, without a purpose, gives way to nobody", async () => {
    const { lease, s3, clock } = place();
    const old = { schemaVersion: 1, run: "a", operator: "ops", host: "there", pid: 1 };
    await s3.putText(
      "control",
      leaseKey,
      JSON.stringify({ ...old, expiresAtMs: clock.now() + 60_000 }),
      { ifNoneMatch: "*" },
      signal,
    );
    expect((await lease("b", { purpose: "emergency" }).acquire(signal)).acquired).toBe(false);
  });

  test("released it is free", async () => {
    const { lease } = place();
    const first = lease("a");
    await first.acquire(signal);
    expect(await first.renew(signal)).toEqual({ renewed: true });
    await first.release(signal);
    expect((await lease("b").acquire(signal)).acquired).toBe(true);
  });

  test("a renewal that was written though its answer was lost is one", async () => {
    const { lease, s3, clock } = place();
    const lossy: LeaseOptions["s3"] = {
      ...s3,
      // As a client does that hears nothing: it sends the same again, which now fails by its own condition.
      putText: async (...args) => {
        await s3.putText(...args);
        return s3.putText(...args);
      },
    };
    const first = lease("a");
    await first.acquire(signal);
    const second = lease("b", { s3: lossy, isAlive: () => false });
    expect((await second.acquire(signal)).acquired).toBe(true);
    await clock.sleep(1000, signal);
    expect(await second.renew(signal)).toEqual({ renewed: true });
    await lease("c", { isAlive: () => false }).acquire(signal);
    await clock.sleep(1000, signal);
    expect(await second.renew(signal)).toEqual({ renewed: false });
  });
});
