import { z } from "zod";

export const TERM_ROLES = ["active", "standby", "draining", "rehearsal"] as const;

export const termSchema = z.object({
  bucket: z.string().min(3),
  key: z.string().min(1),
  site: z.string().regex(/^[a-z][a-z0-9-]*$/u, "must be a site name of small letters, digits and dashes"),
  role: z.enum(TERM_ROLES),
  handover: z.int().min(1).optional(),
  run: z.string().min(1).optional(),
  recover: z.boolean().optional(),
  source: z.int().min(1).optional(),
});
export type TermInputs = z.infer<typeof termSchema>;

/** Who is active, and since when. Lies in the third place and is the truth about both. */
export const epochObjectSchema = z.object({
  schemaVersion: z.literal(1),
  epoch: z.int().min(1),
  site: z.string().min(1),
  takenAt: z.string().min(1),
  previous: z.object({ epoch: z.int().min(1), site: z.string().min(1) }).nullable(),
  run: z.string().optional(),
  /** Whose path a volume of this epoch begins from, where that is not the previous one's. */
  source: z.int().min(1).optional(),
  systemIdentifier: z.string().optional(),
});
export type EpochObject = z.infer<typeof epochObjectSchema>;

export interface TermOutputs {
  /** The current epoch; 0 when no site was ever active. */
  readonly epoch: number;
  /** Who holds it; empty with epoch 0. */
  readonly activeSite: string;
  /** The epoch a new volume of this site is restored from; 0 means initdb. */
  readonly sourceEpoch: number;
  readonly stanzaPath: string;
  readonly sourcePath: string;
  readonly systemIdentifier?: string;
}
