import { describe, expect, test } from "vitest";
import { type BenchPort, type RunOptions, runSize } from "../../bench/run.ts";
import { groups, ofGroup } from "../../bench/things.ts";

/** The order of a bench, on a port that only remembers. What the scripts do is tried on the lab. */

const options: RunOptions = {
  gigabytes: 1,
  repetitions: { quick: 3, slow: 2 },
  groups,
  segments: 8,
  keepUpSeconds: 20,
};

function fakePort(over: Partial<BenchPort> = {}) {
  const calls: string[] = [];
  const port: BenchPort = {
    bench: async (container, ...words) => {
      calls.push(`${container}: ${words.join(" ")}`);
      return { seconds: 2, bytes: 5, rawBytes: 1000 };
    },
    dropCaches: async () => {
      calls.push("drop caches");
      return true;
    },
    load: () => 1,
    cpuSeconds: async () => calls.length,
    say: () => undefined,
    checkpoint: () => undefined,
    ...over,
  };
  return { calls, port };
}

describe("a bench of one size", () => {
  test("every thing has its repetitions, with caches dropped between preparing and measuring a cold one", async () => {
    const { calls, port } = fakePort();
    const { result, coldCaches } = await runSize(port, options);
    const count = (thing: string) => result.samples.filter((sample) => sample.thing === thing).length;
    expect([count("restore"), count("copy"), count("full"), count("barman_replay")]).toEqual([3, 3, 2, 2]);
    const at = calls.indexOf("restore: measure copy 1 8");
    expect(calls.slice(at - 2, at)).toEqual(["restore: prepare copy 1 8", "drop caches"]);
    expect(calls[calls.indexOf("postgres: measure drain 0 8") - 1]).toBe("postgres: prepare drain 0 8");
    expect(result).toMatchObject({ rawBytes: 1000, failures: [] });
    // The fake's clock counts calls: one between the two readings.
    expect(result.samples.every(({ cpuSeconds }) => cpuSeconds === 1)).toBe(true);
    expect(coldCaches).toBe(true);
  });

  test("replays begin from a base of just before the last backlog", async () => {
    const { calls, port } = fakePort();
    await runSize(port, options);
    const base = calls.indexOf("job: do replay_base");
    const drains = ["0", "1"].map((round) => calls.indexOf(`postgres: measure drain ${round} 8`));
    expect(drains[0]).toBeLessThan(base);
    expect(base).toBeLessThan(drains[1] ?? 0);
  });

  test("what fails is told once and left out of later rounds; the rest goes on", async () => {
    const { port } = fakePort();
    const { result } = await runSize(
      {
        ...port,
        bench: async (container, ...words) => {
          if (words[0] === "measure" && words[1] === "dump") throw new Error("no disk\nleft");
          return port.bench(container, ...words);
        },
      },
      options,
    );
    expect(result.failures).toEqual([{ thing: "dump", reason: "no disk\nleft" }]);
    expect(result.samples.some(({ thing }) => thing === "dump")).toBe(false);
    expect(result.samples.some(({ thing }) => thing === "barman_replay")).toBe(true);
  });

  test("a cluster that could not be filled is not measured", async () => {
    const { port, calls } = fakePort();
    const bench: BenchPort["bench"] = async (container, ...words) => {
      if (words[1] === "seed") throw new Error("no space");
      return port.bench(container, ...words);
    };
    const { result } = await runSize({ ...port, bench }, options);
    expect(result.failures).toEqual([{ thing: "seed", reason: "no space" }]);
    expect(calls).toEqual([]);
  });

  test("an interruption ends it at once, and is no failure of what was running", async () => {
    let left = 6;
    const { port } = fakePort({
      checkpoint: () => {
        left -= 1;
        if (left < 0) throw new Error("interrupted");
      },
    });
    await expect(runSize(port, options)).rejects.toThrow("interrupted");
  });

  test("caches that could not be dropped once make the whole run a warm one", async () => {
    let times = 0;
    const { port } = fakePort({ dropCaches: async () => times++ !== 2 });
    expect((await runSize(port, options)).coldCaches).toBe(false);
  });

  test("--only: nothing of another group", async () => {
    const { calls, port } = fakePort();
    const { result } = await runSize(port, { ...options, groups: ["restore", "backup"] });
    const wanted = [...ofGroup("backup"), ...ofGroup("restore")];
    expect(new Set(result.samples.map(({ thing }) => thing))).toEqual(new Set(wanted));
    expect(calls.some((call) => call.includes("keep_up") || call.includes("replay"))).toBe(false);
  });
});
