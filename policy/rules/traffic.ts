import { at, each, ifKnown, isGiven, keysOf, lengthOf, listOf, numberOf, textOf } from "../read/value.ts";
import { type Finding, type Resource, type Rule, resourceRule, stackRule, wholeNumber } from "../rule.ts";

const weightedRecord = "holdfast:index:WeightedRecord";
const route53Record = "aws:route53/record:Record";
const loadBalancer = "cloudflare:index/loadBalancer:LoadBalancer";

function isTraffic({ type }: Resource): boolean {
  return [weightedRecord, route53Record, loadBalancer].includes(type);
}

const routingPolicies = [
  "weightedRoutingPolicies",
  "failoverRoutingPolicies",
  "latencyRoutingPolicies",
  "geolocationRoutingPolicies",
] as const;

const ttlLimit = resourceRule({
  name: "ttl-limit",
  title: "A name that moves between sites has a short TTL",
  severity: "high",
  level: "mandatory",
  reason:
    "resolvers go on sending users to the lost site for as long as the TTL says, and that is part of the RTO",
  remediation: "set a TTL of at most the limit",
  settings: { maxSeconds: wholeNumber(60, "the longest TTL of a name that moves, in seconds") },
  covers: isTraffic,
  *judge(resource, values) {
    const ttl = movingTtl(resource);
    if (ttl !== undefined && ttl > values.maxSeconds)
      yield `has a TTL of ${ttl} s, and ${values.maxSeconds} s is the limit`;
  },
});

/** Undefined for what does not move, or has its TTL set by what it stands for. */
function movingTtl({ type, props }: Resource): number | undefined {
  if (type === weightedRecord) return numberOf(at(props, "ttl")) ?? 5;
  if (type === route53Record) {
    const moves =
      routingPolicies.some((policy) => isGiven(() => at(props, policy))) ||
      at(props, "multivalueAnswerRoutingPolicy") === true;
    return moves && at(props, "aliases") === undefined ? numberOf(at(props, "ttl")) : undefined;
  }
  // Behind Cloudflare's proxy the name's address never changes. Its default is 30 s.
  if (type === loadBalancer && at(props, "proxied") !== true) return numberOf(at(props, "ttl")) ?? 30;
  return undefined;
}

const weightZeroGated = stackRule({
  name: "weight-zero-gated",
  title: "A site with weight 0 gets no traffic by accident",
  severity: "critical",
  level: "mandatory",
  reason:
    "Route 53 answers with weight-0 records when no other is healthy, and Cloudflare's fallback pool gets traffic whatever its health: dr would serve before its database is there",
  remediation:
    "give each weight-0 record a health check that fails until the site is active; make the active site's pool the fallback",
  covers: isTraffic,
  *judge(resources): Generator<Finding> {
    yield* each(resources, function* (resource): Generator<Finding> {
      for (const message of judgeWeights(resource, resources)) yield { message, at: resource };
    });
  },
});

function* judgeWeights(resource: Resource, resources: readonly Resource[]): Generator<string> {
  const { type, props } = resource;
  if (type === weightedRecord) yield* judgeTargets(props);
  if (type === route53Record) {
    const weights = listOf(at(props, "weightedRoutingPolicies")).map((policy) =>
      numberOf(at(policy, "weight")),
    );
    if (!weights.includes(0)) return;
    if (!isGiven(() => at(props, "healthCheckId"))) yield "has weight 0 and no health check";
    else {
      const check = healthCheckOf(resource, resources);
      // Route 53 takes a disabled check for healthy.
      if (at(check?.props, "disabled") === true && at(check?.props, "invertHealthcheck") !== true)
        yield `has weight 0, and its health check ${check?.name} is disabled, which counts as healthy`;
    }
  }
  if (type === loadBalancer) yield* judgeFallback(resource);
}

function* judgeTargets(props: unknown): Generator<string> {
  const targets = at(props, "targets");
  const weights = Array.from({ length: lengthOf(targets) }, (_, index) =>
    numberOf(at(targets, index, "weight")),
  );
  if (weights.length > 0 && weights.every((weight) => (weight ?? 0) === 0))
    yield "has no target with a weight above 0";
}

function healthCheckOf(record: Resource, resources: readonly Resource[]): Resource | undefined {
  const id = ifKnown(() => textOf(at(record.props, "healthCheckId")));
  return resources.find(
    ({ type, urn, props }) =>
      type === "aws:route53/healthCheck:HealthCheck" &&
      (record.sources.healthCheckId?.includes(urn) === true ||
        (id !== undefined && ifKnown(() => at(props, "id")) === id)),
  );
}

function* judgeFallback({ props }: Resource): Generator<string> {
  const weights = at(props, "randomSteering", "poolWeights");
  const fallback = textOf(at(props, "fallbackPool"));
  if (fallback === undefined || !keysOf(weights).includes(fallback)) return;
  const weight = numberOf(at(weights, fallback));
  if (weight === 0) yield `falls back to the pool ${fallback}, whose weight is 0`;
}

export const trafficRules: readonly Rule[] = [ttlLimit, weightZeroGated];
