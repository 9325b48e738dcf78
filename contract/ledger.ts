import { z } from "zod";

/**
 * The prober's ledger: JSON lines, appended and fsynced outside both sites, one
 * line an event. All times are milliseconds since the epoch on the prober's clock.
 * Each line carries `prev`, the sha256 of the line before it, so that a changed
 * row is seen.
 */
const base = { seq: z.number().int().nonnegative(), atMs: z.number(), prev: z.string() };

/** What became of a transaction that was asked for through a name. */
const transaction = {
  ok: z.boolean(),
  sentAtMs: z.number(),
  address: z.string().nullable(),
  epoch: z.number().int().nullable(),
  site: z.string().nullable(),
  recordId: z.number().int().nullable(),
  error: z.string().nullable(),
} as const;

export const ledgerEntrySchema = z.discriminatedUnion("kind", [
  z.object({
    ...base,
    kind: z.literal("start"),
    prober: z.string(),
    publicName: z.string(),
    databaseName: z.string(),
  }),
  /** A heartbeat or load row whose synchronous commit was acknowledged. `sentAtMs` is before the statement was sent. */
  z.object({
    ...base,
    kind: z.literal("ack"),
    writer: z.enum(["heartbeat", "load"]),
    epoch: z.number().int(),
    number: z.number().int(),
    sentAtMs: z.number(),
    lsn: z.string(),
    timeline: z.number().int(),
  }),
  /** Sent, never acknowledged: it may or may not be there. */
  z.object({
    ...base,
    kind: z.literal("unknown"),
    writer: z.enum(["heartbeat", "load"]),
    epoch: z.number().int(),
    number: z.number().int(),
    sentAtMs: z.number(),
    error: z.string(),
  }),
  /** A transaction of a user through the public name. `epoch` and `site` come from the database that answered. */
  z.object({
    ...base,
    kind: z.literal("user"),
    ...transaction,
  }),
  /** The same through a rehearsal's own name, in the copy: no user of the business. */
  z.object({
    ...base,
    kind: z.literal("canary"),
    ...transaction,
  }),
  /** A document uploaded through the public name. `name` is where its file belongs in the filestore: the digest of its contents. */
  z.object({
    ...base,
    kind: z.literal("document"),
    ok: z.boolean(),
    sentAtMs: z.number(),
    address: z.string().nullable(),
    name: z.string().nullable(),
    bytes: z.number().int().nullable(),
    recordId: z.number().int().nullable(),
    error: z.string().nullable(),
  }),
  /** Told to the prober by the drill: a mark on the prober's own clock. */
  z.object({ ...base, kind: z.literal("mark"), name: z.string(), detail: z.string() }),
  z.object({ ...base, kind: z.literal("stop") }),
]);

export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

/** What is present after the recovery, read from the recovered database: ranges of numbers a writer and epoch. */
export const presentSchema = z.object({
  writer: z.enum(["heartbeat", "load"]),
  epoch: z.number().int(),
  /** Inclusive ranges, ascending. */
  ranges: z.array(z.tuple([z.number().int(), z.number().int()])),
});
export type Present = z.infer<typeof presentSchema>;
