/** Small sums over few samples. Medians, because one disturbed round must not decide. */

export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

export interface Timed {
  readonly round: number;
  readonly seconds: number;
}

/**
 * How many times `one` takes what `other` takes: the median of the rounds' own
 * ratios. Both of a round ran side by side, so what else the machine did then
 * weighs on both; medians of each taken alone would mix quiet and busy minutes.
 */
export function ratioOf(one: readonly Timed[], other: readonly Timed[]): number | null {
  const ratios = one.flatMap(({ round, seconds }) => {
    const twin = other.find((sample) => sample.round === round);
    return twin === undefined || twin.seconds <= 0 ? [] : [seconds / twin.seconds];
  });
  return median(ratios);
}

export function megabytesPerSecond(bytes: number, seconds: number): number {
  return bytes / 1e6 / seconds;
}
