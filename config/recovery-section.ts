import { z } from "zod";
import { backupSet, choice, duration, flag, integer, lsn, size, timestamp, word } from "./fields.ts";
import { recoveryKinds } from "./words.ts";

/** `holdfast:recovery`: what a run sets in its own copy of the stack file, and how fast a restore is. All of it may be left out. */
export const recoverySection = z.strictObject({
  /** The run on whose behalf the stack acts; written into the epoch object. */
  run: word().optional(),
  /**
   * Timeline to recover to: that of the last acknowledged heartbeat.
   * @default the newest one in the source epoch's archive
   */
  timeline: integer(1, 0x7fff_ffff).optional(),
  /**
   * Where the next restore from an earlier epoch ends. It counts until the epoch that
   * asked for it has archived; a volume lost after that comes back whole.
   */
  target: z.strictObject({
    /**
     * `set` ends where that backup set ends; the others replay WAL to the time, LSN or restore point.
     * @default "latest": all that was archived
     */
    kind: choice(recoveryKinds).prefault("latest"),
    /** @example "2026-11-25T03:04:05Z" */
    time: timestamp().optional(),
    /** @example "0/3000148" */
    lsn: lsn().optional(),
    /** A name given with pg_create_restore_point. */
    name: word().optional(),
    /** Kind `set`: that set. Else the set to begin from, where the newest that fits is not wanted: a name may lie before it. */
    set: backupSet().optional(),
    /** @default false: a transaction committed at that very time or LSN is kept */
    exclusive: flag().prefault(false),
  }),
  /**
   * The repository to restore from.
   * @default "offsite": it outlives the site
   */
  repository: choice(["offsite", "site"]).prefault("offsite"),
  /** Read the repository as it was then: before its files were deleted or overwritten. Needs versioned storage. */
  repositoryAsOf: timestamp().optional(),
  /**
   * Epoch whose path is restored from, where the last one does not reach back far enough or was never served.
   * @default the epoch before the one that is taken
   */
  sourceEpoch: integer(1, 1_000_000_000).optional(),
  /**
   * What is switched off in the restored copy before applications see it.
   * @default [odoo, n8n] for a rehearsal and for dr in the lab, where every loss is a drill; else [], because in a real
   * failover the business has to send its mail
   */
  neutralise: z.array(choice(["odoo", "n8n"])).optional(),
  /**
   * Bytes a second that a restore moves, measured at this site (`holdfast bench`).
   * @default "50Mi", a slow wide-area link; time-outs are twice what follows from it
   */
  restoreRate: size().prefault("50Mi"),
  /**
   * The least time that a database gets to become ready.
   * @default "30 minutes"
   */
  startup: duration(60).prefault("30 minutes"),
});
