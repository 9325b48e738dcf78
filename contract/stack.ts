import { z } from "zod";
import { keyFunctionSchema } from "./key-function.ts";

/** The two sites that can hold the business. */
export const sites = ["primary", "dr"] as const;
export type Site = (typeof sites)[number];

export const roles = ["active", "standby", "draining", "rehearsal"] as const;
export type Role = (typeof roles)[number];

/**
 * What a site's stack gives to the drill, to status and to other programs: the
 * stack's output `contract`, parsed with this schema on both sides.
 */
export const stackContractSchema = z.object({
  schemaVersion: z.literal(1),
  stack: z.string(),
  site: z.enum(["offsite", ...sites]),
  role: z.enum(roles).nullable(),
  /** Number of the term that this stack knows; 0 before the first activation. */
  epoch: z.number().int().nonnegative(),
  /** pgBackRest path prefix of this epoch inside the repository, for example /epochs/2. */
  stanzaPath: z.string().nullable(),
  namespace: z.string().nullable(),
  cluster: z.object({ context: z.string(), identifier: z.string() }).nullable(),
  database: z
    .object({
      pod: z.string(),
      container: z.string(),
      service: z.string(),
      port: z.number().int(),
      address: z.string(),
    })
    .nullable(),
  backup: z
    .object({
      stanza: z.string(),
      repositories: z.array(
        z.object({
          name: z.string(),
          kind: z.enum(["offsite", "site"]),
          bucket: z.string(),
          endpoint: z.string(),
        }),
      ),
      cronJobs: z.array(
        z.object({ name: z.string(), repository: z.string(), type: z.string(), schedule: z.string() }),
      ),
    })
    .nullable(),
  services: z.array(
    z.object({
      name: z.string(),
      deployment: z.string(),
      critical: z.boolean(),
      /** Groups start one after the other; no stack of an older version has it. */
      group: z.number().int().exactOptional(),
      /** What a drill does with it; no stack of an older version has them. */
      keyFunctions: z.array(keyFunctionSchema).exactOptional(),
    }),
  ),
  /** Names of services beside the public one; no stack of an older version has them. */
  hostNames: z.array(z.string()).exactOptional(),
  /** Where files that rows name are in the third place, by database; no stack of an older version has it, and offsite none at all. */
  documents: z.object({ bucket: z.string(), prefix: z.string() }).exactOptional(),
  /** Where to read the site's metrics from; no stack of an older version has it, and offsite none at all. */
  monitoring: z
    .object({
      address: z.string(),
      scheme: z.literal("https"),
      path: z.string(),
      exporters: z.array(
        z.object({ name: z.enum(["holdfast", "postgres", "documents"]), port: z.number().int() }),
      ),
    })
    .exactOptional(),
  publicUrl: z.string().nullable(),
  publicName: z.string().nullable(),
  databaseName: z.string().nullable(),
  targets: z.object({ rtoSeconds: z.number(), rpoSeconds: z.number() }),
});

export type StackContract = z.infer<typeof stackContractSchema>;
