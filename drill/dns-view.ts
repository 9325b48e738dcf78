import type { DnsServer } from "./ports/names.ts";
import type { StepContext } from "./step.ts";

export interface ServerView {
  readonly name: string;
  readonly address: string;
  /** Everything it answered over the asks, sorted. */
  readonly addresses: readonly string[];
  /** How often it answered each. */
  readonly answers: Readonly<Record<string, number>>;
  readonly ttlSeconds: number | null;
  readonly problem: string | null;
}

/** Weighted names answer by chance: one ask proves nothing, this many leave little doubt that a weight is 0. */
const asksToBeSure = 4;

/** What every authoritative server and every resolver says of the names. An update that was accepted is not yet served. */
export async function viewOfServers(
  context: StepContext,
  names: readonly string[],
  asks = asksToBeSure,
): Promise<readonly ServerView[]> {
  const { dns } = context.ports;
  return Promise.all(
    [...dns.authoritatives, ...dns.resolvers].map((server) => viewOf(context, server, names, asks)),
  );
}

async function viewOf(
  context: StepContext,
  server: DnsServer,
  names: readonly string[],
  asks: number,
): Promise<ServerView> {
  const counts = new Map<string, number>();
  const seen = () => ({
    addresses: [...counts.keys()].sort(),
    answers: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
  });
  let ttlSeconds: number | null = null;
  for (const name of names)
    for (let ask = 0; ask < asks; ask += 1) {
      const answer = await context.ports.dns.query(server, name, context.signal);
      if (!answer.ok)
        return {
          ...server,
          ...seen(),
          ttlSeconds,
          problem: `${name}: ${answer.rcode}`,
        };
      for (const address of answer.addresses) counts.set(address, (counts.get(address) ?? 0) + 1);
      ttlSeconds = Math.max(ttlSeconds ?? 0, answer.ttlSeconds ?? 0);
    }
  return { ...server, ...seen(), ttlSeconds, problem: null };
}

/** Null when this server sends everybody to `address`; otherwise what is wrong. */
export function strays(view: ServerView, address: string): string | null {
  if (view.problem !== null) return `${view.name} says ${view.problem}`;
  if (view.addresses.length === 1 && view.addresses[0] === address) return null;
  return `${view.name} answers ${view.addresses.join(", ") || "nothing"}`;
}

/** Percent of all answers that lead to `address`; null when there were none. */
export function percentOf(views: readonly Pick<ServerView, "answers">[], address: string): number | null {
  let there = 0;
  let all = 0;
  for (const { answers } of views)
    for (const [each, count] of Object.entries(answers)) {
      all += count;
      if (each === address) there += count;
    }
  return all === 0 ? null : (there / all) * 100;
}

/** So many percent of fresh answers count as "the users have moved". */
export const mostPercent = 95;
