import { z } from "zod";
import { sites, stackContractSchema } from "../contract/stack.ts";

const siteSchema = z.enum(sites);
const wayIn = z.object({ open: z.boolean(), detail: z.string() });

/**
 * What steps find out and later steps and the judge rely on, by name. Facts go
 * through the journal, so that a saved run can be judged again; hence a schema each.
 */
export const factSchemas = {
  /** How the lab was found: decides which preparing steps apply. */
  situation: z.object({
    epoch: z.number().int().nullable(),
    holder: siteSchema.nullable(),
    siteStates: z.record(z.string(), z.string()),
    clockSkewMs: z.number(),
  }),
  restoredFresh: z.object({ primary: z.boolean() }),
  primaryContract: stackContractSchema,
  drContract: stackContractSchema,
  epochBefore: z.number().int(),
  epochAfter: z.number().int(),
  seeded: z.object({ databaseBytes: z.number(), accounts: z.number(), partners: z.number() }),
  systemIdentifier: z.string(),
  /** Newest set of the chain, as the repository itself lists it. */
  chain: z.object({ full: z.string(), diff: z.string(), incr: z.string(), walStop: z.string() }),
  /** Uploaded after the last base backup. */
  document: z.object({ id: z.number().int(), bytes: z.number().int(), name: z.string(), sha256: z.string() }),
  /** Least row counts that the recovered data must have; `exact` where nothing may have been added either. */
  floors: z.array(
    z.object({ database: z.string(), table: z.string(), rows: z.number().int(), exact: z.boolean() }),
  ),
  /** There is a sink for mail: what it must not have heard is then required. */
  sink: z.object({ smtp: z.string() }),
  /** Of the primary's Odoo: its way to the sink, the mail that waits in its queue, and what the sink had heard by the loss. */
  mail: z.object({ server: z.number().int(), queued: z.number().int(), heard: z.array(z.string()) }),
  /** Of a rehearsal: the moment, and the whole second at or before it as of which the third place is read. */
  t0: z.object({ atMs: z.number(), asOfMs: z.number() }),
  /** Of a rehearsal: production at T0, to be compared with afterwards. */
  productionAtT0: z.object({
    timeline: z.number().int(),
    controlObjects: z.array(z.object({ key: z.string(), lastModifiedMs: z.number() })),
    weights: z.array(z.object({ server: z.string(), addresses: z.array(z.string()) })),
  }),
  walAfterBackup: z.object({ segments: z.number().int(), newest: z.string() }),
  armed: z.object({ wantedSeconds: z.number(), phaseSeconds: z.number() }),
  /** Of the run's own engines: what tells a lock that one of them left from somebody else's. */
  stackLocks: z.array(
    z.object({
      stack: z.string(),
      id: z.string(),
      pid: z.number().int(),
      username: z.string(),
      host: z.string(),
      takenAtMs: z.number(),
    }),
  ),
  planted: z.object({ plant: z.string(), detail: z.string() }),
  loss: z.object({ atMs: z.number(), source: z.string(), sentAtMs: z.number(), goneAtMs: z.number() }),
  lastAck: z.object({
    number: z.number().int(),
    lsn: z.string(),
    timeline: z.number().int(),
    atMs: z.number(),
  }),
  newestArchived: z.object({ segment: z.string(), storedAtMs: z.number() }),
  detected: z.object({ atMs: z.number(), failures: z.number().int() }),
  /** The last whole round of knocks at the lost site, from its loss until that was detected. */
  knocks: z.object({
    startedAtMs: z.number(),
    endedAtMs: z.number(),
    api: wayIn,
    database: wayIn,
    gateway: wayIn,
  }),
  declared: z.object({ atMs: z.number(), by: z.string() }),
  fenced: z.object({ atMs: z.number(), api: z.string(), database: z.string(), gateway: z.string() }),
  up: z.object({ startedAtMs: z.number(), endedAtMs: z.number(), ok: z.boolean() }),
  recovery: z.object({
    systemIdentifier: z.string(),
    recoveredLsn: z.string(),
    timeline: z.number().int(),
    parentTimeline: z.number().int(),
    writableAtMs: z.number(),
  }),
  backupSet: z.object({ label: z.string(), type: z.string(), repository: z.string(), stoppedAt: z.string() }),
  stewardPhases: z.array(
    z.object({ phase: z.string(), startedAtMs: z.number(), endedAtMs: z.number().nullable() }),
  ),
  /** The last byte of the backup set was on the volume. */
  restored: z.object({ atMs: z.number() }),
  /** What the recovery had to move: the set's files, the set in the repository, and WAL from the set's begin to the end of recovery. */
  moved: z.object({ databaseBytes: z.number(), repositoryBytes: z.number(), walBytes: z.number() }),
  servicesReady: z.object({ atMs: z.number() }),
  traffic: z.object({
    atMs: z.number(),
    /** When 95 % of the answers of all servers led to dr; null in runs of an older version. */
    mostAtMs: z.number().nullable().default(null),
    servers: z.array(
      z.object({
        name: z.string(),
        address: z.string(),
        addresses: z.array(z.string()),
        ttlSeconds: z.number().nullable(),
      }),
    ),
  }),
  /** Each share of a ramp that was held, and how its users fared. */
  ramp: z.array(
    z.object({
      share: z.number(),
      servedAtMs: z.number(),
      heldUntilMs: z.number(),
      users: z.number().int(),
      failed: z.number().int(),
      servers: z.array(z.object({ name: z.string(), percent: z.number() })),
    }),
  ),
  keyFunctionsEnded: z.object({ atMs: z.number() }),
  /** What the sites say of their programs once all of them run; more than there was to read at the start. */
  versions: z.record(z.string(), z.string()),
  /** Of `holdfast recover`: what the run left and where it is after it. */
  recoveredTo: z.object({
    epoch: z.number().int(),
    timeline: z.number().int().nullable(),
    recoveredLsn: z.string().nullable(),
    backupSet: z.string().nullable(),
  }),
  protectedBy: z.object({ label: z.string(), epoch: z.number().int() }),
} as const satisfies Record<string, z.ZodType>;

export type FactName = keyof typeof factSchemas;
export type FactValue<N extends FactName> = z.infer<(typeof factSchemas)[N]>;

/** Facts read back from a journal. A fact that does not fit its schema is as good as missing, and named. */
export interface FactReader {
  get<N extends FactName>(name: N): FactValue<N> | null;
}

export function isFactName(name: string): name is FactName {
  return Object.hasOwn(factSchemas, name);
}

/** The newest value of each name wins: a step may correct what it said. */
export function readFacts(
  entries: readonly { readonly name: string; readonly value: unknown }[],
): FactReader {
  const values = new Map<string, unknown>();
  for (const entry of entries) values.set(entry.name, entry.value);
  return {
    get<N extends FactName>(name: N): FactValue<N> | null {
      if (!values.has(name)) return null;
      const parsed = factSchemas[name].safeParse(values.get(name));
      return parsed.success ? (parsed.data as FactValue<N>) : null;
    },
  };
}
