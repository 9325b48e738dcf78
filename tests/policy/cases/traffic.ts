import type { Resource } from "../../../policy/rule.ts";
import { changed, loadBalancer, resource, route53 } from "../builders.ts";
import { active, broken } from "./active-site.ts";
import type { Case } from "./case.ts";

const [primary, dr, checkPrimary, checkDr] = route53() as [Resource, Resource, Resource, Resource];
const weighted = [primary, dr, checkPrimary, checkDr];

export const trafficCases: readonly Case[] = [
  { rule: "ttl-limit", kind: "valid", what: "5 s, 30 s", stack: [...active, ...weighted, loadBalancer()] },
  {
    rule: "ttl-limit",
    kind: "extras",
    what: "exactly the limit; a fixed name; one behind the proxy",
    stack: [
      changed(primary, "ttl", 60),
      ...weighted.slice(1),
      changed(loadBalancer(), "proxied", true),
      resource("aws:route53/record:Record", "mail", {
        name: "mail.example.org",
        type: "MX",
        ttl: 3600,
        records: ["10 m"],
      }),
      resource("holdfast:index:Record", "store", {
        name: "store.example.org",
        ttl: 3600,
        values: ["192.0.2.9"],
      }),
    ],
  },
  {
    rule: "ttl-limit",
    kind: "nearMiss",
    what: "a second more",
    stack: [changed(primary, "ttl", 61), ...weighted.slice(1)],
    says: "TTL of 61 s, and 60 s is the limit",
  },
  {
    rule: "ttl-limit",
    kind: "nearMiss",
    what: "our weighted record",
    stack: broken("public", "ttl", 300),
    says: "TTL of 300 s",
  },
  {
    rule: "ttl-limit",
    kind: "nearMiss",
    what: "a load balancer without the proxy",
    stack: [changed(loadBalancer(), "ttl", 120)],
    says: "TTL of 120 s",
  },
  { rule: "weight-zero-gated", kind: "valid", what: "a check each", stack: [...weighted, loadBalancer()] },
  {
    rule: "weight-zero-gated",
    kind: "extras",
    what: "a check that is switched off the unhealthy way",
    stack: [
      primary,
      dr,
      checkPrimary,
      changed(changed(checkDr, "disabled", true), "invertHealthcheck", true),
    ],
  },
  {
    rule: "weight-zero-gated",
    kind: "nearMiss",
    what: "no check",
    stack: [primary, changed(dr, "healthCheckId", undefined), checkPrimary, checkDr],
    says: "has weight 0 and no health check",
  },
  {
    rule: "weight-zero-gated",
    kind: "nearMiss",
    what: "a disabled check",
    stack: [primary, dr, checkPrimary, changed(checkDr, "disabled", true)],
    says: "is disabled, which counts as healthy",
  },
  {
    rule: "weight-zero-gated",
    kind: "nearMiss",
    what: "the standby's pool as fallback",
    stack: [changed(loadBalancer(), "fallbackPool", "pool-dr")],
    says: "falls back to the pool pool-dr",
  },
  {
    rule: "weight-zero-gated",
    kind: "nearMiss",
    what: "nobody has weight",
    stack: broken("public", "targets.0.weight", 0),
    says: "no target with a weight above 0",
  },
];
