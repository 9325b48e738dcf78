import { DnsRecord } from "@pulumi/cloudflare/dnsRecord.js";
import { LoadBalancer } from "@pulumi/cloudflare/loadBalancer.js";
import { LoadBalancerMonitor } from "@pulumi/cloudflare/loadBalancerMonitor.js";
import { LoadBalancerPool } from "@pulumi/cloudflare/loadBalancerPool.js";
import { all, type ComponentResource, type Output, output } from "@pulumi/pulumi";
import type { Site } from "../../contract/stack.ts";
import type { CloudflareTrafficPlan } from "../../plan/traffic-types.ts";
import { childOpts } from "../child-opts.ts";
import { type DnsImplementation, placeOf, weightsOf } from "./implementation.ts";

const percent = 100;

/**
 * Cloudflare's load balancers, one a name over one pool a site, not proxied: the answer is the site's own address,
 * which a drill and the prober ask for, and the database's name speaks no HTTP.
 */
export const cloudflareDns: DnsImplementation = {
  makeWeights(parent, name, { plan: of, after }) {
    const plan = weightsOf(of, "cloudflare");
    const monitor = makeMonitor(parent, name, plan);
    const poolIds = new Map(
      plan.targets.map(({ site, address }) => [
        site,
        makePool(parent, name, plan, site, address, monitor).id,
      ]),
    );
    for (const record of plan.records) {
      const pools = record.targets.map(({ site, weight }) => ({ weight, id: idOf(poolIds, site) }));
      // A pool without weight is not even listed, so no health of any pool can bring it in; and the fallback, which
      // Cloudflare answers with whatever its health, is a pool that serves.
      const serving = pools.filter(({ weight }) => weight > 0);
      const [first, ...rest] = serving;
      if (first === undefined) throw new Error("the plan gives no site any weight");
      const fallback = rest.reduce((most, pool) => (pool.weight > most.weight ? pool : most), first);
      new LoadBalancer(
        `${name}-${record.logicalName}`,
        {
          zoneId: plan.place.zoneId,
          name: record.name,
          description: "weights by holdfast: a promotion moves them, no health does",
          enabled: true,
          proxied: false,
          ttl: plan.ttlSeconds,
          defaultPools: serving.map(({ id }) => id),
          fallbackPool: fallback.id,
          steeringPolicy: "random",
          randomSteering: { defaultWeight: 0, poolWeights: weightsById(pools) },
          sessionAffinity: "none",
        },
        childOpts(parent, { dependsOn: after }),
      );
    }
  },

  makeRecord(parent, name, { place, record, after }) {
    const { zoneId } = placeOf(place, "cloudflare");
    // A record there has one value.
    for (const [index, content] of record.values.entries()) {
      new DnsRecord(
        index === 0 ? name : `${name}-${index + 1}`,
        { zoneId, name: record.name, type: record.type, content, ttl: record.ttlSeconds, proxied: false },
        childOpts(parent, after === undefined ? {} : { dependsOn: after }),
      );
    }
  },

  makeZone(parent, name, plan) {
    for (const record of plan.records)
      this.makeRecord(parent, `${name}-${record.name}`, { place: plan.place, record });
  },
};

function makeMonitor(
  parent: ComponentResource,
  name: string,
  { accountId, monitor }: CloudflareTrafficPlan,
): LoadBalancerMonitor {
  return new LoadBalancerMonitor(
    `${name}-monitor`,
    {
      accountId,
      description: `the gateway that serves ${monitor.host}`,
      type: "https",
      method: "GET",
      path: monitor.path,
      port: monitor.port,
      header: { Host: [monitor.host] },
      expectedCodes: "200",
      interval: monitor.intervalSeconds,
      timeout: monitor.timeoutSeconds,
      retries: monitor.retries,
      followRedirects: false,
      allowInsecure: false,
    },
    childOpts(parent),
  );
}

function makePool(
  parent: ComponentResource,
  name: string,
  { accountId, poolNames }: CloudflareTrafficPlan,
  site: Site,
  address: string,
  monitor: LoadBalancerMonitor,
): LoadBalancerPool {
  return new LoadBalancerPool(
    `${name}-pool-${site}`,
    {
      accountId,
      name: poolNames[site],
      description: `the site ${site}`,
      enabled: true,
      minimumOrigins: 1,
      origins: [{ name: site, address, enabled: true, weight: 1 }],
      monitor: monitor.id,
    },
    childOpts(parent),
  );
}

function idOf(pools: ReadonlyMap<Site, Output<string>>, site: Site): Output<string> {
  const id = pools.get(site);
  if (id === undefined) throw new Error(`the plan has a record with weight for ${site}, and no pool of it`);
  return id;
}

function weightsById(
  pools: readonly { readonly id: Output<string>; readonly weight: number }[],
): Output<Record<string, number>> {
  return all(
    pools.map(({ id, weight }) => output(id).apply((known) => [known, weight / percent] as const)),
  ).apply((entries) => Object.fromEntries(entries));
}
