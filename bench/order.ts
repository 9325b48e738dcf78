/**
 * Who runs when: each round has everyone who still has repetitions left. Every
 * second round is the one before it backwards, and each such pair begins with
 * another one. So nobody always comes right after the same neighbour, or always
 * first on a machine that warms up.
 */
export function alternate<Thing>(
  things: readonly Thing[],
  repetitionsOf: (thing: Thing) => number,
): readonly (readonly Thing[])[] {
  const rounds = Math.max(0, ...things.map(repetitionsOf));
  return Array.from({ length: rounds }, (_, round) => {
    const turn = things.filter((thing) => repetitionsOf(thing) > round);
    const start = turn.length === 0 ? 0 : (round >> 1) % turn.length;
    const rotated = [...turn.slice(start), ...turn.slice(0, start)];
    return round % 2 === 0 ? rotated : rotated.toReversed();
  });
}
