import { z } from "zod";
import { choice, dnsName, duration, integer, ipv4, secret, url } from "./fields.ts";

const shared = {
  implementation: choice(["powerdns"]),
  zone: dnsName(),
  /** The name server's HTTP API. */
  api: url(),
  apiKey: secret(),
  /** Every authoritative server: a drill asks each one. */
  nameservers: z.array(z.strictObject({ name: dnsName(), address: ipv4() })).min(1, "is empty"),
};

/** `holdfast:traffic` of primary and dr. Only dr's stack writes the weights; the primary may be the site that is lost. */
export const trafficSection = z.strictObject({
  ...shared,
  /** The name by which people reach the business. */
  publicName: dnsName(),
  /** The name by which clients of the database reach it. */
  databaseName: dnsName(),
  /**
   * How long an answer may be kept; part of every RTO.
   * @default "5 seconds"
   */
  ttl: duration().prefault("5 seconds"),
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
});

/** `holdfast:traffic` of offsite, which owns the zone and its fixed records. */
export const offsiteTrafficSection = z.strictObject({
  ...shared,
  /** @default [] */
  records: z.array(z.strictObject({ name: dnsName(), address: ipv4() })).prefault([]),
});
