import { z } from "zod";

/**
 * evidence/archived.json: when the third place's store took each WAL segment of the lost epoch, by its own clock and
 * in its whole seconds. From an hour before the loss on, and the newest one before that. Beside the ledger's positions
 * it says how far the archive was behind at each moment. Not in runs of an older version, nor where the bucket could
 * not be listed.
 */
export const archivedSchema = z.object({
  schemaVersion: z.literal(1),
  epoch: z.number().int(),
  /** In the order of the positions. */
  segments: z.array(z.object({ segment: z.string().regex(/^[0-9A-F]{24}$/), storedAtMs: z.number() })),
});
export type Archived = z.infer<typeof archivedSchema>;
