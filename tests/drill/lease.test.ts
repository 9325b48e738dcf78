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

  test("the same run takes it again", async () => {
    const { lease } = place();
    await lease("a").acquire(signal);
    expect(await lease("a", { host: "there", pid: 2 }).acquire(signal)).toEqual({ acquired: true });
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

  test("released it is free", async () => {
    const { lease } = place();
    const first = lease("a");
    await first.acquire(signal);
    expect(await first.renew(signal)).toEqual({ renewed: true });
    await first.release(signal);
    expect((await lease("b").acquire(signal)).acquired).toBe(true);
  });
});
