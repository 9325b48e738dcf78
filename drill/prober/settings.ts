import { z } from "zod";

/**
 * The prober's config file. It is written by whoever starts the prober (the lab's
 * adapter, or a unit file in a real third place); passwords are paths, never values.
 */
export const proberSettingsSchema = z.strictObject({
  /** Ledger, control socket, pid file and log lie here; one directory a run. */
  directory: z.string().min(1),
  /** Addresses of the caching resolvers a user of the public name would ask. */
  resolvers: z.array(z.string().min(1)).min(1),
  caFile: z.string().min(1),
  databaseName: z.string().min(1),
  databasePort: z.number().int().min(1).max(65535).default(5432),
  /** Database that holds the tables heartbeat, load_row and term. */
  database: z.string().min(1).default("holdfast"),
  publicName: z.string().min(1),
  publicPort: z.number().int().min(1).max(65535).default(443),
  heartbeat: z
    .strictObject({
      role: z.string().min(1).default("prober"),
      passwordFile: z.string().min(1),
      /** Several a second: the RPO cannot be known finer than their distance. */
      perSecond: z.number().positive().max(50).default(5),
    })
    .nullable(),
  load: z
    .strictObject({
      role: z.string().min(1).default("load"),
      passwordFile: z.string().min(1),
      /** 0 waits for the control socket to start it. */
      rowsPerSecond: z.number().min(0).max(1000).default(0),
      payloadBytes: z.number().int().min(0).max(65536).default(512),
    })
    .nullable(),
  user: z
    .strictObject({
      database: z.string().min(1).default("odoo"),
      login: z.string().min(1).default("admin"),
      passwordFile: z.string().min(1),
      everyMs: z.number().int().min(100).default(1000),
      timeoutMs: z.number().int().min(100).default(3000),
    })
    .nullable(),
  /** A rehearsal's own name, asked by the user above once the control socket says so; null where nothing is rehearsed. */
  canary: z
    .strictObject({ name: z.string().min(1), port: z.number().int().min(1).max(65_535) })
    .nullable()
    .default(null),
  /** Signed in as the user above; null where the application keeps no files. */
  documents: z
    .strictObject({
      everyMs: z.number().int().min(100).default(5000),
      timeoutMs: z.number().int().min(100).default(5000),
      bytes: z.number().int().min(1).max(1_048_576).default(65_536),
    })
    .nullable()
    .default(null),
});

export type ProberSettings = z.infer<typeof proberSettingsSchema>;

/** Names in the prober's directory; the adapter that starts it reads the same ones. */
export const proberFiles = {
  ledger: "ledger.jsonl",
  socket: "control.sock",
  pid: "pid",
  config: "prober.json",
  log: "prober.log",
} as const;

/** One table of the prober's waits, in milliseconds. */
export const proberTimeouts = {
  /** A dead site's address swallows packets: a longer wait hides the recovery. */
  connectMs: 1000,
  /** Statement to acknowledgement; longer than a checkpoint's stall, shorter than a person's patience. */
  commitMs: 2000,
  dnsMs: 1000,
  /** A connection is kept while the name still says its address. */
  resolveEveryMs: 2000,
  backoffFirstMs: 100,
  backoffMostMs: 500,
} as const;
