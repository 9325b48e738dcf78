import { z } from "zod";
import type { PhaseName } from "./phases.ts";

/** Phases of which a bare command can be timed. */
export const floorPhases = [
  "detect",
  "provision",
  "restore",
  "replay",
  "services",
  "traffic",
  "verify",
] as const satisfies readonly PhaseName[];
export type FloorPhase = (typeof floorPhases)[number];

/** Of the floors that are measured now. */
export const floorVersion = 2;

/**
 * evidence/floor.json: what bare commands took on the drill's own node, with the limits of its pods. `own` is the
 * product's own way of the same, in turns with the bare one, so that a busy machine weighs on both.
 */
export const floorSchema = z.object({
  /** 1 began with the pod and ended with Odoo; 2 goes from the loss to the resolvers, as the RTO does. */
  schemaVersion: z.literal([1, floorVersion]),
  /** The run that measured it. */
  run: z.string(),
  measuredAt: z.iso.datetime(),
  site: z.string(),
  host: z.string(),
  backupSet: z.string(),
  databaseBytes: z.number(),
  walBytes: z.number(),
  /** False where the caches could not be dropped: then the set may have come from memory. */
  coldCaches: z.boolean(),
  samples: z
    .array(
      z.object({
        round: z.number().int(),
        who: z.enum(["bare", "own"]),
        phase: z.enum(floorPhases),
        seconds: z.number(),
      }),
    )
    .min(1),
});
export type Floor = z.infer<typeof floorSchema>;
