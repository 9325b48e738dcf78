import { z } from "zod";
import { choice, dnsName, duration, integer, ipv4, secret, url } from "./fields.ts";
import { awsAccountId, cloudflareId, healthCheckPath, hostedZoneId } from "./fields-cloud.ts";

const shared = {
  zone: dnsName(),
  /** Every authoritative server: a drill asks each one. */
  nameservers: z.array(z.strictObject({ name: dnsName(), address: ipv4() })).min(1, "is empty"),
};

/** What each implementation needs to reach its zone, in every stack. */
const powerdns = {
  implementation: choice(["powerdns"]),
  ...shared,
  /** The name server's HTTP API. */
  api: url(),
  apiKey: secret(),
};

const cloudflare = {
  implementation: choice(["cloudflare"]),
  ...shared,
  /** Owns pools and monitors. @example "0123456789abcdef0123456789abcdef" */
  accountId: cloudflareId(),
  /** Of a zone that exists: delegating it is its registrar's. */
  zoneId: cloudflareId(),
  /**
   * Edits the zone's DNS and load balancers and the account's pools and monitors, and nothing else.
   * @default none, for a stack that writes no record: the primary's needs no right to move traffic
   */
  apiToken: secret().optional(),
};

const route53 = {
  implementation: choice(["route53"]),
  ...shared,
  /** The one whose zone it is: the provider refuses every other. */
  accountId: awsAccountId(),
  /** Of a hosted zone that exists: delegating it is its registrar's. */
  zoneId: hostedZoneId(),
};

const siteNamesAndAddresses = {
  /** The name by which people reach the business. */
  publicName: dnsName(),
  /** The name by which clients of the database reach it. */
  databaseName: dnsName(),
  sites: z.strictObject({ primary: ipv4(), dr: ipv4() }),
  /**
   * Percent of the public name's answers that lead to dr while it is active; a ramp's run raises it in its own copy.
   * @default 100: a plain `up` moves all of it, because the other site is lost
   */
  share: integer(0, 100).prefault(100),
  /**
   * The shares of a move between two sites that can both serve, in percent, each held before the next.
   * @default [100]: one step
   * @example [10, 50, 100]
   */
  ramp: z.array(integer(1, 100)).min(1, "is empty").prefault([100]),
  /**
   * How long each share is held and watched.
   * @default "30 seconds"
   */
  rampHold: duration(5).prefault("30 seconds"),
  /**
   * Percent of users' transactions that may fail while a share is held; more, and all of them go back.
   * @default 5
   */
  rampErrors: integer(0, 100).prefault(5),
  /**
   * The way in to a rehearsal: a name and node ports that nobody uses for business. Needed by the stack `rehearsal`,
   * which otherwise may be a copy of dr's file.
   */
  canary: z
    .strictObject({
      /** @example "rehearsal.example.com" */
      name: dnsName(),
      gatewayPort: integer(1, 65_535),
      databasePort: integer(1, 65_535),
    })
    .optional(),
};

/** What asks a site's gateway whether it is well. It informs; it never moves the business by itself. */
const health = {
  /** @default 443 */
  port: integer(1, 65_535).prefault(443),
  /** @default "/healthz", which the gateway answers by itself */
  path: healthCheckPath().prefault("/healthz"),
};

/** `holdfast:traffic` of primary and dr. Only dr's stack writes the weights; the primary may be the site that is lost. */
export const trafficSection = z.discriminatedUnion("implementation", [
  z.strictObject({
    ...powerdns,
    ...siteNamesAndAddresses,
    /**
     * How long an answer may be kept; part of every RTO.
     * @default "5 seconds"
     */
    ttl: duration().prefault("5 seconds"),
  }),
  z.strictObject({
    ...cloudflare,
    ...siteNamesAndAddresses,
    /**
     * How long an answer may be kept; part of every RTO.
     * @default "30 seconds", Cloudflare's own for load balancers that it does not proxy
     */
    ttl: duration().prefault("30 seconds"),
    monitor: z
      .strictObject({
        ...health,
        /** @default "60 seconds", the shortest of Cloudflare's smaller plans */
        interval: duration(10).prefault("60 seconds"),
      })
      .prefault({}),
  }),
  z.strictObject({
    ...route53,
    ...siteNamesAndAddresses,
    /**
     * How long an answer may be kept; part of every RTO.
     * @default "10 seconds"
     */
    ttl: duration().prefault("10 seconds"),
    healthCheck: z
      .strictObject({
        ...health,
        /**
         * Route 53 has these two only.
         * @default "30 seconds"
         */
        interval: duration(10).prefault("30 seconds"),
        /** Failures in a row. @default 3 */
        failures: integer(1, 10).prefault(3),
      })
      .prefault({}),
  }),
]);

/** Names that do not move with the business. */
const fixed = {
  /** @default [] */
  records: z.array(z.strictObject({ name: dnsName(), address: ipv4() })).prefault([]),
};

/** `holdfast:traffic` of offsite, which owns the fixed records and, with `powerdns`, the zone. */
export const offsiteTrafficSection = z.discriminatedUnion("implementation", [
  z.strictObject({ ...powerdns, ...fixed }),
  z.strictObject({ ...cloudflare, ...fixed }),
  z.strictObject({ ...route53, ...fixed }),
]);
