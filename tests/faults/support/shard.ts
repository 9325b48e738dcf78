import { drills, faults, type Unit } from "./catalogue.ts";

export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** "2/3": the second of three. */
export function parseShard(text: string): Shard {
  const match = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text);
  const [index, of] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index > of) throw new Error(`SHARD=${text}: wanted i/n, for example 2/3`);
  return { index, of };
}

/** Every unit to the shard that has the least to do so far, the longest first: the same for everyone who asks. */
export function shardsOf(
  minutes: Readonly<Record<string, number>>,
  of: number,
): readonly (readonly string[])[] {
  const shards = Array.from({ length: of }, () => ({ units: [] as string[], minutes: 0 }));
  const units = Object.entries(minutes).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  for (const [unit, cost] of units) {
    const least = shards.reduce((best, shard) => (shard.minutes < best.minutes ? shard : best));
    least.units.push(unit);
    least.minutes += cost;
  }
  return shards.map((shard) => shard.units);
}

export const minutesOfUnits: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(faults).map(([number, { minutes }]) => [number, minutes])),
  ...drills,
};

export function isInShard(
  unit: Unit,
  shard: Shard = parseShard(process.env.HOLDFAST_SHARD ?? "1/1"),
): boolean {
  return shardsOf(minutesOfUnits, shard.of)[shard.index - 1]?.includes(unit) ?? false;
}
