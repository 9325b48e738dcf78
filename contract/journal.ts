import { z } from "zod";
import { judgements, stepOutcomes } from "./verdict.ts";

/**
 * The run's journal, runs/<id>/journal.jsonl: JSON lines, each appended and
 * fsynced as it happens. `prev` is the sha256 of the line before it (zeros for
 * the first, as in the ledger), so a changed, removed or added line is seen.
 * `atMs` is the offset from the run's start on one monotonic clock; the first
 * line's `anchorMs` is the wall clock at offset 0, and the only one taken.
 */
const base = { seq: z.number().int().nonnegative(), prev: z.string(), atMs: z.number() };

const severity = z.enum(["error", "warning", "note"]);

export const journalEntrySchema = z.discriminatedUnion("kind", [
  z.object({
    ...base,
    kind: z.literal("open"),
    schemaVersion: z.literal(1),
    run: z.string(),
    mode: z.enum(["drill", "failover", "failback", "recovery"]),
    scenario: z.string(),
    seed: z.number().int(),
    operator: z.string(),
    approvedBy: z.string().nullable(),
    anchorMs: z.number(),
    versions: z.record(z.string(), z.string()),
    git: z.object({ commit: z.string().nullable(), dirty: z.boolean() }),
    host: z.record(z.string(), z.union([z.string(), z.number()])),
    /** Text of each stack file at the start, secret values masked. */
    configs: z.record(z.string(), z.string()),
    options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    targets: z.object({ rtoSeconds: z.number(), rpoSeconds: z.number() }),
    budgets: z.array(z.object({ id: z.string(), limit: z.number(), unit: z.string() })),
    standIns: z.array(z.string()),
    simulated: z.array(z.string()),
    steps: z.array(z.object({ id: z.string(), title: z.string(), expectedMs: z.number().nullable() })),
  }),
  z.object({ ...base, kind: z.literal("stepStarted"), step: z.string() }),
  z.object({
    ...base,
    kind: z.literal("stepEnded"),
    step: z.string(),
    outcome: z.enum(stepOutcomes),
    reason: z.string().nullable(),
    startMs: z.number(),
    endMs: z.number(),
  }),
  /** What a step found out, by name; the judge and later steps read it. */
  z.object({ ...base, kind: z.literal("fact"), step: z.string(), name: z.string(), value: z.json() }),
  /** One thing proved or disproved. */
  z.object({
    ...base,
    kind: z.literal("check"),
    step: z.string(),
    group: z.enum(["integrity", "keyFunctions"]),
    id: z.string(),
    judgement: z.enum(judgements),
    detail: z.string(),
  }),
  z.object({
    ...base,
    kind: z.literal("finding"),
    step: z.string(),
    id: z.string(),
    severity,
    what: z.string(),
    hint: z.string().nullable(),
  }),
  z.object({
    ...base,
    kind: z.literal("evidence"),
    step: z.string(),
    path: z.string(),
    sha256: z.string(),
    bytes: z.number().int(),
  }),
  /** Progress inside a step, from the engine or the database pod. `wallMs` is the source's own clock where it has one. */
  z.object({
    ...base,
    kind: z.literal("progress"),
    step: z.string(),
    source: z.string(),
    message: z.string(),
    wallMs: z.number().nullable(),
  }),
  z.object({
    ...base,
    kind: z.literal("rollback"),
    step: z.string(),
    ok: z.boolean(),
    reason: z.string().nullable(),
  }),
  z.object({ ...base, kind: z.literal("interrupted"), reason: z.string() }),
  /** Another process goes on with the run. `sinceMs`: the last thing that the former one wrote; in between nobody drove. */
  z.object({
    ...base,
    kind: z.literal("resumed"),
    to: z.enum(["finish", "abort"]),
    operator: z.string(),
    host: z.string(),
    pid: z.number().int(),
    pidStartTime: z.string(),
    sinceMs: z.number(),
    /** How the former process was proved dead. */
    proof: z.string(),
  }),
  z.object({
    ...base,
    kind: z.literal("close"),
    status: z.enum(["completed", "failed", "interrupted"]),
    manifestSha256: z.string(),
  }),
]);

export type JournalEntry = z.infer<typeof journalEntrySchema>;
type Without<T> = T extends unknown ? Omit<T, "seq" | "prev" | "atMs"> : never;
/** What a writer gives: the journal adds number, chain and time. */
export type JournalRecord = Without<JournalEntry>;
