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
