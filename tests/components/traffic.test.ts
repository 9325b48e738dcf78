// Shows: what the stacks register for Cloudflare and Route 53 in each role, in which order, and that no SDK that is not
// used is asked for a provider. Does not show that either service takes or answers it: docs/proof-limits.md.
import { describe, expect, it } from "vitest";
import { deploy, isSecret, one, type Registered, reveal, type TermState } from "./deploy.ts";

const follows: TermState = { epoch: 1, activeSite: "primary", sourceEpoch: 1 };
const promoted: TermState = { epoch: 2, activeSite: "dr", sourceEpoch: 1 };
const asActive = { "site.role": "active", "site.handover": 1 };

const nameservers = [{ name: "ns-1.example.net", address: "192.0.2.53" }];
const cloudflareId = "0123456789abcdef0123456789abcdef";
const shared = {
  zone: "holdfast.test",
  nameservers,
  publicName: "erp.holdfast.test",
  databaseName: "db.holdfast.test",
  sites: { primary: "198.18.0.11", dr: "198.18.0.12" },
};
const cloudflare = {
  traffic: {
    implementation: "cloudflare",
    ...shared,
    accountId: cloudflareId,
    zoneId: cloudflareId,
    apiToken: "the token",
  },
};
const route53 = {
  traffic: { implementation: "route53", ...shared, accountId: "123456789012", zoneId: "Z0123456789ABC" },
};

const lb = "cloudflare:index/loadBalancer:LoadBalancer";
const pool = "cloudflare:index/loadBalancerPool:LoadBalancerPool";
const record = "aws:route53/record:Record";
const healthCheck = "aws:route53/healthCheck:HealthCheck";

function names(resources: readonly Registered[], packageName: string): readonly string[] {
  return resources
    .filter(({ type }) => type.startsWith(`${packageName}:`) || type === `pulumi:providers:${packageName}`)
    .map(({ type, name }) => `${type} ${name}`)
    .sort();
}

describe("Cloudflare", () => {
  it("registers exactly these, and nothing of PowerDNS", async () => {
    const { resources } = await deploy("dr", promoted, { ...asActive, ...cloudflare });
    expect(names(resources, "cloudflare")).toEqual([
      `${lb} traffic-database`,
      `${lb} traffic-flows.holdfast.test`,
      `${lb} traffic-notify.holdfast.test`,
      `${lb} traffic-public`,
      "cloudflare:index/loadBalancerMonitor:LoadBalancerMonitor traffic-monitor",
      `${pool} traffic-pool-dr`,
      `${pool} traffic-pool-primary`,
      "pulumi:providers:cloudflare cloudflare",
    ]);
    expect(resources.filter(({ type }) => type.startsWith("holdfast:index:WeightedRecord"))).toEqual([]);
    expect(one(resources, "pulumi:providers:holdfast").inputs).not.toHaveProperty("powerdns");
    expect(names(resources, "aws")).toEqual([]);
  });

  it.each([
    ["standby", follows, {}, "primary", 1, 0],
    ["active", promoted, asActive, "dr", 0, 1],
  ] as const)(
    "sends everybody to one pool as %s, the fallback included, and lists no other",
    async (_, term, role, site, primary, dr) => {
      const { resources } = await deploy("dr", term, { ...role, ...cloudflare });
      for (const name of ["public", "database"]) {
        const { inputs } = one(resources, lb, `traffic-${name}`);
        expect(inputs).toMatchObject({
          zoneId: cloudflareId,
          name: name === "public" ? "erp.holdfast.test" : "db.holdfast.test",
          defaultPools: [`traffic-pool-${site}-id`],
          fallbackPool: `traffic-pool-${site}-id`,
          steeringPolicy: "random",
          randomSteering: {
            defaultWeight: 0,
            poolWeights: { "traffic-pool-primary-id": primary, "traffic-pool-dr-id": dr },
          },
          proxied: false,
          ttl: 30,
          sessionAffinity: "none",
        });
      }
    },
  );

  it("shares the public name out in a ramp, and never the database's", async () => {
    const { resources } = await deploy("dr", promoted, {
      ...asActive,
      traffic: { ...cloudflare.traffic, share: 30 },
    });
    const both = ["traffic-pool-primary-id", "traffic-pool-dr-id"];
    expect(one(resources, lb, "traffic-public").inputs).toMatchObject({
      defaultPools: both,
      fallbackPool: "traffic-pool-primary-id",
      randomSteering: { poolWeights: { "traffic-pool-primary-id": 0.7, "traffic-pool-dr-id": 0.3 } },
    });
    expect(one(resources, lb, "traffic-database").inputs).toMatchObject({
      defaultPools: ["traffic-pool-dr-id"],
      fallbackPool: "traffic-pool-dr-id",
    });
  });

  it("watches each site's gateway, and gives each pool one origin", async () => {
    const { resources } = await deploy("dr", promoted, { ...asActive, ...cloudflare });
    expect(one(resources, "cloudflare:index/loadBalancerMonitor:LoadBalancerMonitor").inputs).toEqual({
      accountId: cloudflareId,
      description: "the gateway that serves erp.holdfast.test",
      type: "https",
      method: "GET",
      path: "/healthz",
      port: 443,
      header: { Host: ["erp.holdfast.test"] },
      expectedCodes: "200",
      interval: 60,
      timeout: 5,
      retries: 2,
      followRedirects: false,
      allowInsecure: false,
    });
    for (const [site, address] of Object.entries(shared.sites))
      expect(one(resources, pool, `traffic-pool-${site}`).inputs).toEqual({
        accountId: cloudflareId,
        name: `holdfast-erp-holdfast-test-${site}`,
        description: `the site ${site}`,
        enabled: true,
        minimumOrigins: 1,
        origins: [{ name: site, address, enabled: true, weight: 1 }],
        monitor: "traffic-monitor-id",
      });
  });

  it("moves the weights last, and keeps the token secret", async () => {
    const { resources } = await deploy("dr", promoted, { ...asActive, ...cloudflare });
    const { dependencies } = one(resources, lb, "traffic-public");
    for (const [type, name] of [
      ["kubernetes:apps/v1:StatefulSet", "database"],
      ["kubernetes:apps/v1:Deployment", "odoo"],
      ["kubernetes:apps/v1:Deployment", "gateway"],
    ] as const)
      expect(dependencies).toContain(one(resources, type, name).urn);
    const { inputs } = one(resources, "pulumi:providers:cloudflare");
    expect(isSecret(inputs.apiToken)).toBe(true);
    expect(reveal(inputs.apiToken)).toBe("the token");
  });

  it("asks the primary's stack for no token, and gives it no provider", async () => {
    const { apiToken: _, ...traffic } = cloudflare.traffic;
    const { resources } = await deploy("primary", undefined, { traffic });
    expect(names(resources, "cloudflare")).toEqual([]);
  });

  it("writes fixed records beside, and a rehearsal's name", async () => {
    const { publicName: _p, databaseName: _d, sites: _s, ...zone } = cloudflare.traffic;
    const records = [{ name: "offsite.holdfast.test", address: "198.18.0.20" }];
    const { resources } = await deploy("offsite", undefined, { traffic: { ...zone, records } });
    expect(
      one(resources, "cloudflare:index/dnsRecord:DnsRecord", "zone-offsite.holdfast.test").inputs,
    ).toEqual({
      zoneId: cloudflareId,
      name: "offsite.holdfast.test",
      type: "A",
      content: "198.18.0.20",
      ttl: 300,
      proxied: false,
    });
    const canary = { name: "rehearsal.holdfast.test", gatewayPort: 1443, databasePort: 1432 };
    const rehearsal = await deploy("dr", follows, {
      traffic: { ...cloudflare.traffic, canary },
      "site.role": "rehearsal",
    });
    expect(
      one(rehearsal.resources, "cloudflare:index/dnsRecord:DnsRecord", "canary-record").inputs,
    ).toMatchObject({
      name: "rehearsal.holdfast.test",
      content: "198.18.0.12",
    });
  });
});

describe("Route 53", () => {
  it("registers exactly these, with the account that the provider may touch", async () => {
    const { resources } = await deploy("dr", promoted, { ...asActive, ...route53 });
    expect(names(resources, "aws")).toEqual([
      `${healthCheck} traffic-health-dr`,
      `${healthCheck} traffic-health-primary`,
      `${record} traffic-database-dr`,
      `${record} traffic-database-primary`,
      `${record} traffic-flows.holdfast.test-dr`,
      `${record} traffic-flows.holdfast.test-primary`,
      `${record} traffic-notify.holdfast.test-dr`,
      `${record} traffic-notify.holdfast.test-primary`,
      `${record} traffic-public-dr`,
      `${record} traffic-public-primary`,
      "pulumi:providers:aws aws",
    ]);
    expect(reveal(one(resources, "pulumi:providers:aws").inputs.allowedAccountIds)).toContain("123456789012");
  });

  it.each([
    ["standby", follows, {}, { primary: 100, dr: 0 }],
    ["active", promoted, asActive, { primary: 0, dr: 100 }],
  ] as const)(
    "is weighted as %s, and no health can bring in the site without weight",
    async (_, term, role, weights) => {
      const { resources } = await deploy("dr", term, { ...role, ...route53 });
      for (const name of ["public", "database"])
        for (const site of ["primary", "dr"] as const) {
          const { inputs } = one(resources, record, `traffic-${name}-${site}`);
          expect(inputs).toEqual({
            zoneId: "Z0123456789ABC",
            name: name === "public" ? "erp.holdfast.test" : "db.holdfast.test",
            type: "A",
            ttl: 10,
            records: [shared.sites[site]],
            setIdentifier: site,
            weightedRoutingPolicies: [{ weight: weights[site] }],
            // The one that serves has none: it can never be unhealthy, so weight 0 is never asked.
            ...(weights[site] === 0 ? { healthCheckId: `traffic-health-${site}-id` } : {}),
          });
        }
      for (const site of ["primary", "dr"] as const) {
        const closed = weights[site] === 0;
        expect(one(resources, healthCheck, `traffic-health-${site}`).inputs).toMatchObject({
          type: "HTTPS",
          ipAddress: shared.sites[site],
          fqdn: "erp.holdfast.test",
          resourcePath: "/healthz",
          requestInterval: 30,
          failureThreshold: 3,
          disabled: closed,
          invertHealthcheck: closed,
        });
      }
    },
  );

  it.each([
    ["standby", follows, {}, "primary", "dr"],
    ["active", promoted, asActive, "dr", "primary"],
  ] as const)(
    "as %s lets nothing fall before the other has risen: all weights at 0 are all alike",
    async (_, term, role, rises, falls) => {
      const { resources } = await deploy("dr", term, { ...role, ...route53 });
      const gateway = one(resources, "kubernetes:apps/v1:Deployment", "gateway").urn;
      for (const name of ["public", "database"]) {
        const rising = one(resources, record, `traffic-${name}-${rises}`);
        const falling = one(resources, record, `traffic-${name}-${falls}`);
        expect(falling.dependencies).toContain(rising.urn);
        expect(rising.dependencies).not.toContain(falling.urn);
        expect(rising.dependencies).toContain(gateway);
        expect(falling.dependencies).toContain(gateway);
      }
    },
  );

  it("lets checks decide in a ramp, where both serve; the database's one site has none", async () => {
    const { resources } = await deploy("dr", promoted, {
      ...asActive,
      traffic: { ...route53.traffic, share: 30 },
    });
    for (const [site, weight] of Object.entries({ primary: 70, dr: 30 })) {
      expect(one(resources, record, `traffic-public-${site}`).inputs).toMatchObject({
        weightedRoutingPolicies: [{ weight }],
        healthCheckId: `traffic-health-${site}-id`,
      });
      expect(one(resources, healthCheck, `traffic-health-${site}`).inputs).toMatchObject({
        disabled: false,
        invertHealthcheck: false,
      });
    }
    const database = one(resources, record, "traffic-database-dr").inputs;
    expect(database).toMatchObject({ weightedRoutingPolicies: [{ weight: 100 }] });
    expect(database).not.toHaveProperty("healthCheckId");
  });

  it("writes fixed records simply: they never move", async () => {
    const { publicName: _p, databaseName: _d, sites: _s, ...zone } = route53.traffic;
    const records = [
      { name: "offsite.holdfast.test", address: "198.18.0.20" },
      { name: "offsite.holdfast.test", address: "198.18.0.21" },
    ];
    const { resources } = await deploy("offsite", undefined, { traffic: { ...zone, records } });
    expect(one(resources, record).inputs).toEqual({
      zoneId: "Z0123456789ABC",
      name: "offsite.holdfast.test",
      type: "A",
      ttl: 300,
      records: ["198.18.0.20", "198.18.0.21"],
    });
  });
});
