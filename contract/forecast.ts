import { z } from "zod";

/** evidence/forecast.json of a run: what was expected of it, written before its first step. */
export const forecastSchema = z.object({
  schemaVersion: z.literal(1),
  /** Where the rates come from; "defaults" are bundled and slow. */
  rates: z.object({
    source: z.enum(["defaults", "history"]),
    /** Runs that were measured, newest first. */
    runs: z.array(z.string()),
    restoreBytesPerSecond: z.number(),
    replayBytesPerSecond: z.number(),
  }),
  /** Where the size comes from, in words. */
  sizeSource: z.string(),
  /** This size first, then twice and ten times the data, its WAL with it. */
  sizes: z
    .array(
      z.object({
        factor: z.number(),
        databaseBytes: z.number(),
        walBytes: z.number(),
        phases: z.record(z.string(), z.number()),
        rtoSeconds: z.number(),
        isWithinTarget: z.boolean(),
      }),
    )
    .min(1),
  rtoTargetSeconds: z.number(),
  rpoTargetSeconds: z.number(),
  /** Acknowledged work that can be lost while archiving is healthy: a segment's wait, and its way. */
  rpo: z.object({ segmentSeconds: z.number(), archiveSeconds: z.number(), worstSeconds: z.number() }),
  /** The largest that is back within the RTO's target, its WAL growing with it; 0 where none is. */
  largestDatabaseBytes: z.number(),
});
export type Forecast = z.infer<typeof forecastSchema>;
