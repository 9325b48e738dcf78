import { z } from "zod";
import { forecastSchema } from "./forecast.ts";

/** Schema of verdict.json. Other programs read it: fields are added, never renamed. */

export const judgements = ["met", "missed", "notJudged"] as const;
export type Judgement = (typeof judgements)[number];

export const stepOutcomes = ["passed", "failed", "skipped", "timedOut", "cancelled"] as const;
export type StepOutcomeKind = (typeof stepOutcomes)[number];

const judged = z.object({ judgement: z.enum(judgements), reason: z.string().optional() });
const judgedItem = z.object({ id: z.string(), judgement: z.enum(judgements), detail: z.string() });

export const verdictSchema = z.object({
  schemaVersion: z.literal(1),
  id: z.string(),
  mode: z.enum(["drill", "failover", "failback", "recovery"]),
  scenario: z.string(),
  status: z.enum(["completed", "failed", "interrupted"]),
  /** The run as a whole: missed when anything is missed, else notJudged when anything is not judged. */
  judgement: z.enum(judgements),
  /** True when anything is missed or not judged. */
  deviated: z.boolean(),
  operator: z.string(),
  approvedBy: z.string().nullable(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  lossAt: z.object({ time: z.iso.datetime().nullable(), source: z.string() }),
  epoch: z.object({ before: z.number().int(), after: z.number().int().nullable() }),
  rtoSeconds: z.number().nullable(),
  rtoTargetSeconds: z.number(),
  rpoSeconds: z.number().nullable(),
  rpoTargetSeconds: z.number(),
  rto: judged,
  rpo: judged,
  /** Acknowledged before the loss and absent after recovery, heartbeats and load together; null when not measured. */
  lostTransactions: z.number().int().nullable(),
  lostByWriter: z.record(z.string(), z.number().int()),
  /** Age at the loss of the newest document up to which all files are there; null when not measured. */
  objectRpoSeconds: z.number().nullable(),
  /** Judged against the RPO's target; runs of an older version have neither. */
  objectRpo: judged.optional(),
  lostDocuments: z.number().int().nullable().optional(),
  backupSet: z
    .object({ label: z.string(), type: z.string(), repository: z.string(), stoppedAt: z.string() })
    .nullable(),
  recoveredLsn: z.string().nullable(),
  timeline: z.number().int().nullable(),
  steps: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      outcome: z.enum(stepOutcomes),
      reason: z.string().optional(),
      startMs: z.number(),
      endMs: z.number(),
    }),
  ),
  /** Seconds of each phase on the critical path, "unattributed" among them; they add up to rtoSeconds where that was measured. */
  phases: z.record(z.string(), z.number()),
  /** The same path piece by piece, in seconds from the loss: without gap or overlap. Runs of an older version have none. */
  criticalPath: z
    .array(z.object({ phase: z.string(), startSeconds: z.number(), endSeconds: z.number() }))
    .optional(),
  /**
   * What the promotion's `up` did, resource by resource, in seconds from the loss; slack is how long before
   * traffic began to move it had ended: 0 held everything up. Null where traffic did not move.
   */
  upResources: z
    .array(
      z.object({
        name: z.string(),
        startSeconds: z.number(),
        endSeconds: z.number(),
        slackSeconds: z.number().nullable(),
      }),
    )
    .optional(),
  /** From the loss until the key functions had been tried: after the RTO, and no part of it. */
  provedAfterSeconds: z.number().nullable().optional(),
  /** What bare commands took, by phase and as "total"; empty where nothing was measured. */
  floorSeconds: z.record(z.string(), z.number()),
  /** The RTO beside the floor, and each phase beside its own; the bound in seconds is the budget of that place. */
  floor: z
    .object({
      measuredAt: z.iso.datetime(),
      /** The run that measured it; another one's where it was taken over. */
      run: z.string(),
      rounds: z.number().int(),
      ratio: z.number().nullable(),
      boundSeconds: z.number().nullable(),
      phaseRatios: z.record(z.string(), z.number()),
      /** The product's own restore and replay beside the bare ones, in turns: medians of each round's ratio. */
      ownRatios: z.record(z.string(), z.number()),
    })
    .nullable()
    .optional(),
  /** What the recovery moved; null where it is not known. */
  moved: z
    .object({ databaseBytes: z.number(), repositoryBytes: z.number(), walBytes: z.number() })
    .nullable()
    .optional(),
  /** As it was written before the first step, and by how much it missed the RTO; positive: it was too long. */
  forecast: forecastSchema.extend({ errorPercent: z.number().nullable() }).nullable().optional(),
  /** Limits of this place (the lab's are much smaller than the targets), judged beside them. */
  budgets: z.array(
    z.object({
      id: z.string(),
      limit: z.number(),
      value: z.number().nullable(),
      unit: z.string(),
      judgement: z.enum(judgements),
    }),
  ),
  integrity: z.array(judgedItem),
  keyFunctions: z.array(judgedItem),
  traffic: z.record(z.string(), z.unknown()),
  findings: z.array(
    z.object({
      id: z.string(),
      severity: z.enum(["error", "warning", "note"]),
      what: z.string(),
      hint: z.string().optional(),
    }),
  ),
  versions: z.record(z.string(), z.string()),
  standIns: z.array(z.string()),
  simulated: z.array(z.string()),
  evidence: z.array(z.object({ path: z.string(), sha256: z.string() })),
});

export type Verdict = z.infer<typeof verdictSchema>;
