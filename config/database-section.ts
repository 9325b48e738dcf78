import { z } from "zod";
import { duration, flag, image, integer, secret, size, word } from "./fields.ts";
import { resources } from "./resources.ts";

/** `holdfast:database` */
export const databaseSection = z.strictObject({
  /** The same digest at both sites: another glibc or ICU means silently wrong indexes. */
  image: image(),
  volume: size(),
  /** @default the cluster's default class */
  storageClass: word().optional(),
  /** @default none: reachable inside the cluster only */
  nodePort: integer(80, 32_767).optional(),
  /**
   * The longest that a commit waits in an unfinished WAL segment before it is
   * archived; the RPO cannot be better. Shorter costs a 16 MiB segment each time.
   * @default "60 seconds"
   */
  archiveTimeout: duration().prefault("60 seconds"),
  /** @default true */
  protect: flag().prefault(true),
  /**
   * PostgreSQL settings beside holdfast's own, which cannot be overridden.
   * @example { shared_buffers: 256MB, max_wal_size: 2GB }
   */
  parameters: z
    .record(z.string().regex(/^[a-z_][a-z0-9_.]*$/), z.union([z.string(), z.number(), z.boolean()]))
    .meta({ allowed: "settings of PostgreSQL with a text, number or truth value each" })
    .prefault({}),
  resources: resources({ cpu: "250m", memory: "512Mi", limit: "2Gi" }),
  roles: z.strictObject({
    /** Commits the heartbeats by which RPO is measured. */
    prober: secret(),
    /** Writes the load of a drill; leave out where there is none. */
    load: secret().optional(),
  }),
});
