import { z } from "zod";
import { choice, cron, cronOrNever, duration, integer, secret, tableName, timeZone, word } from "./fields.ts";

/** For readers of a stack file that do not load all of it. */
export const defaultSchedules = {
  full: "15 1 * * *",
  differential: "15 9,17 * * *",
  incremental: "45 */4 * * *",
  verify: "15 13 * * 6",
  restoreTest: "15 21 * * *",
  logicalDump: "15 5 * * *",
} as const;

/** @default a full backup a day (NFR-004), at an hour when few work */
const full = () => cron().prefault(defaultSchedules.full);

/**
 * Fulls to keep; each keeps the WAL since it, so point-in-time recovery reaches back as far.
 * @default 14, twice the default lock: a backup is never expired while it is locked
 */
const fullCount = () => integer(1, 9_999_999).prefault(14);

/**
 * The longest that an attack on the repository may go unnoticed without loss.
 * @default "5 days": a long weekend and a day
 */
const detectionWindow = () => duration(86_400).prefault("5 days");

/** `holdfast:backup` of primary and dr. */
export const backupSection = z.strictObject({
  /** @default "main" */
  stanza: word().prefault("main"),
  /** pgBackRest's passphrase, the same at both sites: the other one has to read what this one wrote. */
  cipher: secret(),
  /** @default "Etc/UTC", which has no clock change to skip or repeat a backup */
  timeZone: timeZone().prefault("Etc/UTC"),
  schedules: z.strictObject({
    full: full(),
    /** @default "15 9,17 * * *": at most eight working hours above a full or differential */
    differential: cron().prefault(defaultSchedules.differential),
    /** @default every four hours at a quarter to: bounds the WAL to replay, and so the RTO, to four hours' worth */
    incremental: cron().prefault(defaultSchedules.incremental),
    /** Reads every file of the repository again. @default "15 13 * * 6": once a week, because a store may charge for what is read */
    verify: cronOrNever().prefault(defaultSchedules.verify),
    /** A restore that is thrown away. @default "15 21 * * *": what a backup is worth is known every day */
    restoreTest: cronOrNever().prefault(defaultSchedules.restoreTest),
    /** @default "15 5 * * *" */
    logicalDump: cronOrNever().prefault(defaultSchedules.logicalDump),
  }),
  restoreTest: z.strictObject({
    /** `random`: any set that retention has left, restored to its own end. @default "latest", with all WAL after it */
    set: choice(["latest", "random"]).prefault("latest"),
    /** Fewer rows than that in a restored table, and the test fails. @default none but holdfast's own */
    floors: z
      .array(z.strictObject({ database: word(), table: tableName(), rows: integer(1, 2 ** 31 - 1) }))
      .prefault([]),
  }),
  logicalDump: z.strictObject({
    /** @default 7 days, each day's newest dump */
    keepDaily: integer(1, 3650).prefault(7),
    /** @default 5 weeks, each week's newest dump */
    keepWeekly: integer(1, 520).prefault(5),
  }),
  retention: z.strictObject({
    full: fullCount(),
    /** @default 3: a day and a half of quick restores; older points need their full and more WAL */
    differential: integer(1, 9_999_999).prefault(3),
  }),
  detectionWindow: detectionWindow(),
  /**
   * Processes of a backup, a restore or a push.
   * @default 2
   */
  processes: integer(1, 64).prefault(2),
  /**
   * zstd level.
   * @default 1: the network of a restore is rarely what costs
   */
  compressLevel: integer(1, 19).prefault(1),
});

/** `holdfast:backup` of offsite: what lock and lifecycle have to agree with. */
export const offsiteBackupSection = z.strictObject({
  schedules: z.strictObject({ full: full() }),
  retention: z.strictObject({ full: fullCount() }),
  detectionWindow: detectionWindow(),
});
