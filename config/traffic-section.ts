import { z } from "zod";
import { choice, dnsName, duration, ipv4, secret, url } from "./fields.ts";

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
});

/** `holdfast:traffic` of offsite, which owns the zone and its fixed records. */
export const offsiteTrafficSection = z.strictObject({
  ...shared,
  /** @default [] */
  records: z.array(z.strictObject({ name: dnsName(), address: ipv4() })).prefault([]),
});
