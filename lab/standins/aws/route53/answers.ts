// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import { GetHealthCheckCommand, type ResourceRecordSet, type Route53Client } from "@aws-sdk/client-route-53";
import type { MirrorAnswer } from "../../mirror.ts";
import { recordSetsOf } from "./sets.ts";

/** One weighted or simple record, as Route 53 chooses among them. */
export interface Candidate {
  readonly addresses: readonly string[];
  readonly weight: number;
  readonly isHealthy: boolean;
}

/**
 * Which addresses Route 53 answers with, by weight: the healthy ones with a weight; without any, the healthy ones of
 * weight 0, each as often as another; and where nothing is healthy, all as if they were.
 */
export function answersOf(candidates: readonly Candidate[]): MirrorAnswer["targets"] {
  const healthy = candidates.filter(({ isHealthy }) => isHealthy);
  const pool = healthy.length > 0 ? healthy : candidates;
  const weighted = pool.filter(({ weight }) => weight > 0);
  const chosen = weighted.length > 0 ? weighted : pool.map((each) => ({ ...each, weight: 1 }));
  return chosen.flatMap(({ addresses, weight }) => addresses.map((address) => ({ address, weight })));
}

/** What Route 53 would answer for a name's A records. */
export async function readAnswers(
  route53: Route53Client,
  zoneId: string,
  name: string,
  ttl: number,
): Promise<MirrorAnswer> {
  const sets = (await recordSetsOf(route53, zoneId, name)).filter(({ Type }) => Type === "A");
  const candidates = await Promise.all(sets.map((set) => candidateOf(route53, set)));
  return { ttl: sets[0]?.TTL ?? ttl, targets: answersOf(candidates) };
}

async function candidateOf(route53: Route53Client, set: ResourceRecordSet): Promise<Candidate> {
  return {
    addresses: (set.ResourceRecords ?? []).map(({ Value = "" }) => Value),
    weight: set.Weight ?? 1,
    isHealthy: set.HealthCheckId === undefined || (await isHealthy(route53, set.HealthCheckId)),
  };
}

/**
 * Nothing here probes: a check that is switched off is healthy, inverted it is not, as at Route 53; one that is on
 * is taken to find what it looks for.
 */
async function isHealthy(route53: Route53Client, HealthCheckId: string): Promise<boolean> {
  const { HealthCheck } = await route53.send(new GetHealthCheckCommand({ HealthCheckId }));
  return HealthCheck?.HealthCheckConfig?.Inverted !== true;
}
