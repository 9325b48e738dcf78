import { z } from "zod";
import { sites } from "./stack.ts";

/** What a scheduled job can be. The first three make a backup set. */
export const jobKinds = ["full", "diff", "incr", "verify", "restore-test", "logical-dump"] as const;
export type JobKind = (typeof jobKinds)[number];

/** `skipped`: another backup held the lock (pgBackRest's error 050), whose set is as good. */
export const jobOutcomes = ["done", "skipped", "failed"] as const;

/**
 * What one run of a backup job leaves in the records bucket. Label and bytes are read
 * from the repository after the run, never taken from the job's own words.
 */
export const jobRecordSchema = z.object({
  schemaVersion: z.literal(1),
  site: z.enum(sites),
  epoch: z.number().int().positive(),
  repository: z.enum(["offsite", "site"]),
  kind: z.enum(jobKinds),
  outcome: z.enum(jobOutcomes),
  /** Milliseconds since 1970, the job's clock. */
  startedAtMs: z.number().int(),
  endedAtMs: z.number().int(),
  /** The backup set that was made, verified or restored; null where there is none. */
  label: z.string().nullable(),
  /** Bytes written to (a backup, a dump) or read from (a restore) the repository. */
  bytes: z.number().int().nonnegative().nullable(),
  /** Why it was skipped or failed, in words; null when done. */
  reason: z.string().nullable(),
  /** Facts of one kind: a restore test's row counts and amcheck, a verify's invalid files. */
  detail: z.record(z.string(), z.unknown()),
});

export type JobRecord = z.infer<typeof jobRecordSchema>;

/** Key of the newest record, or of the newest one that was done. */
export function jobRecordKey(
  record: Pick<JobRecord, "site" | "repository" | "kind">,
  which: "newest" | "success",
): string {
  const { site, repository, kind } = record;
  return `jobs/${site}/${repository}/${kind}${which === "success" ? ".success" : ""}.json`;
}
