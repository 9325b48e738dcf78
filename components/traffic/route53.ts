import { HealthCheck } from "@pulumi/aws/route53/healthCheck.js";
import { Record } from "@pulumi/aws/route53/record.js";
import type { ComponentResource, Resource } from "@pulumi/pulumi";
import type { Site } from "../../contract/stack.ts";
import type { Route53TrafficPlan } from "../../plan/traffic-types.ts";
import { childOpts } from "../child-opts.ts";
import { type DnsImplementation, placeOf, weightsOf } from "./implementation.ts";

type Target = Route53TrafficPlan["targets"][number];

/** Route 53, weighted from the first day: a simple record cannot become a weighted one in place. */
export const route53: DnsImplementation = {
  makeWeights(parent, name, { plan: of, after }) {
    const plan = weightsOf(of, "route53");
    const checks = Object.fromEntries(
      plan.targets.map((target) => [target.site, makeHealthCheck(parent, name, plan, target)]),
    ) as Readonly<{ [S in Site]: HealthCheck }>;
    for (const { logicalName, name: recordName, targets } of plan.records) {
      const serving = targets.filter(({ weight }) => weight > 0);
      if (serving.length === 0) throw new Error("the plan gives no site any weight");
      // What rises first, and what falls after it: with every weight at 0, be it for a moment, Route 53 answers with
      // all of them alike.
      const rising = [...targets].sort((one, other) => other.weight - one.weight);
      let before: readonly Resource[] = after;
      for (const target of rising) {
        const gate = isGated(target, serving) ? checks[target.site] : undefined;
        const made: Record = new Record(
          `${name}-${logicalName}-${target.site}`,
          {
            zoneId: plan.place.zoneId,
            name: recordName,
            type: "A",
            ttl: plan.ttlSeconds,
            records: [target.address],
            setIdentifier: target.site,
            weightedRoutingPolicies: [{ weight: target.weight }],
            ...(gate === undefined ? {} : { healthCheckId: gate.id }),
          },
          childOpts(parent, { dependsOn: before }),
        );
        before = [...after, made];
      }
    }
  },

  makeRecord(parent, name, { place, record, after }) {
    const { zoneId } = placeOf(place, "route53");
    new Record(
      name,
      { zoneId, name: record.name, type: record.type, ttl: record.ttlSeconds, records: [...record.values] },
      childOpts(parent, after === undefined ? {} : { dependsOn: after }),
    );
  },

  makeZone(parent, name, plan) {
    for (const record of plan.records)
      this.makeRecord(parent, `${name}-${record.name}`, { place: plan.place, record });
  },
};

/**
 * When every record with weight is unhealthy, Route 53 answers with those of weight 0: a standby would be given
 * users before its database is up. So the only site that serves has no check, and can never be unhealthy; one
 * without weight has a check that always fails; checks decide only while two sites serve, in a ramp.
 */
function isGated({ weight }: Target, serving: readonly Target[]): boolean {
  return weight === 0 || serving.length > 1;
}

/** A disabled check counts as healthy, and inverted as unhealthy: the gate of a site without weight. */
function makeHealthCheck(
  parent: ComponentResource,
  name: string,
  { healthCheck }: Route53TrafficPlan,
  { site, address, weight }: Target,
): HealthCheck {
  const closed = weight === 0;
  return new HealthCheck(
    `${name}-health-${site}`,
    {
      type: "HTTPS",
      ipAddress: address,
      port: healthCheck.port,
      fqdn: healthCheck.host,
      enableSni: true,
      resourcePath: healthCheck.path,
      requestInterval: healthCheck.intervalSeconds,
      failureThreshold: healthCheck.failures,
      disabled: closed,
      invertHealthcheck: closed,
      tags: { Name: `${healthCheck.host} at ${site}` },
    },
    childOpts(parent),
  );
}
