import { planData } from "./data.ts";
import { alternate } from "./order.ts";
import type { Failure, KeepUp, Repetitions, Sample, SizeResult } from "./result.ts";
import { type Container, type Group, groups, ofGroup, type ThingId, things } from "./things.ts";

/** The world, as a bench needs it. */
export interface BenchPort {
  /** One command of scripts/bench.sh in a container of the pod: the JSON of its last line. */
  bench(container: Container, ...words: readonly string[]): Promise<BenchAnswer>;
  /** Writes what is dirty and forgets what is clean; false where the machine does not let us. */
  dropCaches(): Promise<boolean>;
  load(): number;
  /** Processor seconds that the lab has used so far. */
  cpuSeconds(): Promise<number | null>;
  say(line: string): void;
  /** Throws when a person has interrupted. */
  checkpoint(): void;
}

export type BenchAnswer = Readonly<Record<string, unknown>>;

export interface RunOptions {
  readonly gigabytes: number;
  readonly repetitions: Repetitions;
  readonly groups: readonly Group[];
  /** WAL segments of one backlog that is drained. */
  readonly segments: number;
  readonly keepUpSeconds: number;
}

export interface RunOutcome {
  readonly result: SizeResult;
  readonly coldCaches: boolean;
}

/** Rounds that a thing of slow pace takes part in; of 0 none at all. */
export function repetitionsOf(thing: ThingId, repetitions: Repetitions): number {
  return repetitions[things[thing].pace];
}

/**
 * One cluster of one size, measured from seed to replay. What fails is left out of
 * later rounds and reported; the rest goes on.
 */
export async function runSize(port: BenchPort, options: RunOptions): Promise<RunOutcome> {
  const samples: Sample[] = [];
  const failures: Failure[] = [];
  const failed = new Set<string>();
  let coldCaches = true;
  let rawBytes = 0;
  let keepUp: KeepUp | null = null;

  const attempt = async <Value>(what: string, work: () => Promise<Value>): Promise<Value | null> => {
    port.checkpoint();
    try {
      return await work();
    } catch (error) {
      port.checkpoint();
      const reason = error instanceof Error ? error.message : String(error);
      failures.push({ thing: what, reason });
      failed.add(what);
      port.say(`${what} failed: ${reason.split("\n").at(-1) ?? ""}`);
      return null;
    }
  };

  const measure = async (id: ThingId, round: number): Promise<void> => {
    if (failed.has(id)) return;
    await attempt(id, async () => {
      const { container, cold } = things[id];
      const words = [id, String(round), String(options.segments)];
      await port.bench(prepareIn[id] ?? container, "prepare", ...words);
      if (cold) coldCaches = (await port.dropCaches()) && coldCaches;
      const load = port.load();
      const before = await port.cpuSeconds();
      const answer = await port.bench(container, "measure", ...words);
      const after = await port.cpuSeconds();
      const sample: Sample = {
        thing: id,
        round,
        load,
        seconds: numberIn(answer, "seconds") ?? Number.NaN,
        cpuSeconds: before === null || after === null ? null : after - before,
        bytes: numberIn(answer, "bytes"),
        segments: numberIn(answer, "segments"),
      };
      samples.push(sample);
      const cpu = sample.cpuSeconds === null ? "" : `, ${sample.cpuSeconds.toFixed(1)} s of CPU`;
      port.say(`${sayRound(id, round, options.repetitions)} ${sample.seconds.toFixed(2)} s${cpu}`);
    });
  };

  const rounds = async (group: Group): Promise<void> => {
    if (!options.groups.includes(group)) return;
    const turns = alternate(ofGroup(group), (id) => repetitionsOf(id, options.repetitions));
    for (const [round, turn] of turns.entries()) {
      // The base of all replays lies just before the last backlog, so that they replay that one alone.
      if (group === "archive" && round === turns.length - 1 && options.groups.includes("replay"))
        await attempt("replay base", () => port.bench("job", "do", "replay_base"));
      for (const id of turn) await measure(id, round);
    }
  };

  const prepared = await attempt("seed", async () => {
    const { pgbenchScale, noiseRows } = planData(options.gigabytes);
    port.say(
      `filling ${options.gigabytes} GB: pgbench scale ${pgbenchScale}, ${noiseRows} rows of random bytes`,
    );
    await port.bench("postgres", "do", "seed", String(pgbenchScale), String(noiseRows));
    await port.bench("postgres", "do", "open_archive");
    port.say("warming up: a full backup and its restore");
    const full = await port.bench("job", "measure", "full");
    rawBytes = numberIn(full, "rawBytes") ?? 0;
    await port.bench("restore", "do", "reference");
    return full;
  });
  if (prepared !== null) {
    for (const group of groups) {
      if (group === "archive" && options.groups.includes("archive"))
        keepUp = await attempt("keep up", () => measureKeepUp(port, options.keepUpSeconds));
      if (group === "replay" && options.groups.includes("replay")) await completeWal(port, attempt);
      await rounds(group);
    }
  }
  return { result: { gigabytes: options.gigabytes, rawBytes, samples, keepUp, failures }, coldCaches };
}

/** Where the preparation needs pgBackRest, and what is measured the other image. */
const prepareIn: Readonly<Partial<Record<ThingId, Container>>> = { barman_replay: "restore" };

async function completeWal(
  port: BenchPort,
  attempt: (what: string, work: () => Promise<unknown>) => Promise<unknown>,
): Promise<void> {
  await attempt("copy_replay", () => port.bench("restore", "do", "replay_wal"));
  await attempt("barman_replay", () => port.bench("alternatives", "do", "barman_replay_wal"));
}

async function measureKeepUp(port: BenchPort, seconds: number): Promise<KeepUp> {
  port.say(`pgbench on 4 clients for ${seconds} s, archiving beside it`);
  const answer = await port.bench("postgres", "do", "keep_up", String(seconds));
  const waiting = answer.waiting;
  return {
    seconds,
    transactionsPerSecond: numberIn(answer, "transactionsPerSecond") ?? Number.NaN,
    walBytes: numberIn(answer, "walBytes") ?? Number.NaN,
    waiting: Array.isArray(waiting) ? waiting.map(Number) : [],
    drainedAfterSeconds: numberIn(answer, "drainedAfterSeconds") ?? Number.NaN,
  };
}

function numberIn(answer: BenchAnswer, key: string): number | null {
  const value = answer[key];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function sayRound(id: ThingId, round: number, repetitions: Repetitions): string {
  return `${things[id].title} ${round + 1}/${repetitionsOf(id, repetitions)}:`;
}
