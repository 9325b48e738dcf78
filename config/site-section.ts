import { z } from "zod";
import { choice, flag, integer, ipv4, label, secret, word } from "./fields.ts";
import { roleNames, siteNames } from "./words.ts";

/** `holdfast:site` of primary, dr and rehearsal. */
export const siteSection = z.strictObject({
  /** Which site this is. A site keeps its name when the business moves. */
  name: choice(siteNames),
  /**
   * The one value that promotion changes. It is a request: the epoch object in
   * the third place is the truth, and a role that disagrees with it is refused.
   */
  role: choice(roleNames),
  /**
   * Permits what only the lab may do: its public passphrase, plain HTTP, a `.test` zone.
   * @default false, because each of these gives away a production site
   */
  lab: flag().prefault(false),
  /** The address that clients reach: the node's or the load balancer's. */
  address: ipv4(),
  cluster: z.strictObject({
    /** Name of the kubeconfig's context; contents of a kubeconfig would end in Pulumi's state. */
    context: word(),
    /** Stays the same when the cluster's certificates change; without it such a change would replace everything. */
    identifier: word(),
    /** @default "holdfast" */
    namespace: label().prefault("holdfast"),
  }),
  /** One certificate serves the database, pgBackRest's server, the store and the gateway of the site. */
  tls: z.strictObject({ ca: secret(), cert: secret(), key: secret() }),
  /**
   * Whether applications are cut off from everything but their own site: a copy that is being tried out.
   * Schedules are suspended meanwhile. A rehearsal always is, whatever is written here.
   * @default false: in a real failover the business has to reach its partners
   */
  quarantine: flag().prefault(false),
  /**
   * What applications in quarantine may reach beside their site, by address: a store that is named by a name,
   * say, because a network policy knows no names. The offsite store is in it where its endpoint is an address. At AWS
   * both are named: with a role for `documents` or `reader` the region's STS is asked beside the store (addresses of
   * interface endpoints of the VPC serve for both).
   * @default none
   */
  quarantineAllows: z.array(z.strictObject({ address: ipv4(), port: integer(1, 65_535) })).prefault([]),
  /** Number of the epoch that this stack hands over: permits a role that the epoch does not give, once. */
  handover: integer(1, 1_000_000_000).optional(),
});

/** `holdfast:site` of offsite: it has neither role nor cluster. */
export const offsiteSiteSection = z.strictObject({
  name: choice(["offsite"]),
  /** @default false */
  lab: flag().prefault(false),
});
