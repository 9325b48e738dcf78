import type { DnsServer } from "./ports.ts";
import type { StepContext } from "./step.ts";

export interface ServerView {
  readonly name: string;
  readonly address: string;
  /** Everything it answered over the asks, sorted. */
  readonly addresses: readonly string[];
  readonly ttlSeconds: number | null;
  readonly problem: string | null;
}

/** Weighted names answer by chance: one ask proves nothing, this many leave little doubt that a weight is 0. */
const asks = 4;

/** What every authoritative server and every resolver says of the names. An update that was accepted is not yet served. */
export async function viewOfServers(
  context: StepContext,
  names: readonly string[],
): Promise<readonly ServerView[]> {
  const { dns } = context.ports;
  return Promise.all(
    [...dns.authoritatives, ...dns.resolvers].map((server) => viewOf(context, server, names)),
  );
}

async function viewOf(
  context: StepContext,
  server: DnsServer,
  names: readonly string[],
): Promise<ServerView> {
  const addresses = new Set<string>();
  let ttlSeconds: number | null = null;
  for (const name of names)
    for (let ask = 0; ask < asks; ask += 1) {
      const answer = await context.ports.dns.query(server, name, context.signal);
      if (!answer.ok)
        return {
          ...server,
          addresses: [...addresses].sort(),
          ttlSeconds,
          problem: `${name}: ${answer.rcode}`,
        };
      for (const address of answer.addresses) addresses.add(address);
      ttlSeconds = Math.max(ttlSeconds ?? 0, answer.ttlSeconds ?? 0);
    }
  return { ...server, addresses: [...addresses].sort(), ttlSeconds, problem: null };
}

/** Null when this server sends everybody to `address`; otherwise what is wrong. */
export function strays(view: ServerView, address: string): string | null {
  if (view.problem !== null) return `${view.name} says ${view.problem}`;
  if (view.addresses.length === 1 && view.addresses[0] === address) return null;
  return `${view.name} answers ${view.addresses.join(", ") || "nothing"}`;
}
