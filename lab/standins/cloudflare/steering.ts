// Stand-in for Pulumi's provider cloudflare: the lab's alone.
import type { WeightedTarget } from "../../../provider/resources/lua.ts";
import type { Account, LoadBalancer, Pool } from "./account.ts";

/** Weights have two digits behind the point; the name server's are whole. */
const SCALE = 100;

/**
 * Which addresses a load balancer answers with, by weight, when every pool is healthy: its default pools by random
 * steering, or the first of them where steering is off; the fallback pool, whatever its state, when none of them can.
 */
export function answersOf(account: Account, balancer: LoadBalancer): readonly WeightedTarget[] {
  if (balancer.enabled === false) return [];
  const shares = balancer.defaultPools
    .map((id) => ({ pool: account.pools[id], weight: weightOf(balancer, id) }))
    .filter(({ pool, weight }) => pool !== undefined && pool.enabled !== false && weight > 0);
  const used = balancer.steeringPolicy === "random" ? shares : shares.slice(0, 1);
  const chosen = used.length > 0 ? used : [{ pool: account.pools[balancer.fallbackPool], weight: 1 }];
  return merge(chosen.flatMap(({ pool, weight }) => originsOf(pool, weight)));
}

function weightOf({ randomSteering: steering, steeringPolicy }: LoadBalancer, pool: string): number {
  if (steeringPolicy !== "random") return 1;
  return steering?.poolWeights?.[pool] ?? steering?.defaultWeight ?? 1;
}

function originsOf(pool: Pool | undefined, share: number): readonly WeightedTarget[] {
  const origins = (pool?.origins ?? []).filter(({ enabled, weight = 1 }) => enabled !== false && weight > 0);
  const total = origins.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return origins.map(({ address = "", weight = 1 }) => ({
    address,
    weight: Math.max(1, Math.round((share * weight * SCALE) / total)),
  }));
}

/** The name server refuses one address twice. */
function merge(targets: readonly WeightedTarget[]): readonly WeightedTarget[] {
  const byAddress = new Map<string, number>();
  for (const { address, weight } of targets) byAddress.set(address, (byAddress.get(address) ?? 0) + weight);
  return [...byAddress].map(([address, weight]) => ({ address, weight }));
}
