import { fresh, type Lives } from "./life.ts";

export const route53Lives: Lives = [
  [
    "route53.Zone",
    async () => ({
      type: "aws:route53/zone:Zone",
      inputs: { name: `${fresh("zone")}.test`, comment: "one" },
      changed: { comment: "two", tags: { a: "1" } },
      shows: ["comment", "tags", "tagsAll.a"],
      replaces: { name: "other.test" },
      replacing: "name replaces",
      notImported: ["forceDestroy"],
    }),
  ],
  [
    "route53.HealthCheck",
    async () => ({
      type: "aws:route53/healthCheck:HealthCheck",
      inputs: {
        type: "HTTPS",
        ipAddress: "198.51.100.7",
        fqdn: "erp.example.test",
        port: 443,
        resourcePath: "/health",
        requestInterval: 10,
        failureThreshold: 2,
        enableSni: true,
        disabled: true,
        invertHealthcheck: true,
        tags: { Name: "one" },
      },
      changed: { disabled: false, invertHealthcheck: false },
      shows: ["disabled", "invertHealthcheck"],
      replaces: { requestInterval: 30 },
      replacing: "requestInterval replaces",
    }),
  ],
  [
    "route53.Record",
    async (aws) => {
      const zone = `${fresh("records")}.test`;
      return {
        type: "aws:route53/record:Record",
        inputs: {
          zoneId: (await aws.create("aws:route53/zone:Zone", { name: zone })).id,
          name: `erp.${zone}`,
          type: "A",
          ttl: 5,
          records: ["198.51.100.7"],
          setIdentifier: "primary",
          weightedRoutingPolicies: [{ weight: 100 }],
        },
        changed: { weightedRoutingPolicies: [{ weight: 0 }] },
        shows: ["weightedRoutingPolicies[0].weight"],
        replaces: { setIdentifier: "dr" },
        replacing: "setIdentifier replaces",
      };
    },
  ],
];
