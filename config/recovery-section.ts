import { z } from "zod";
import { choice, duration, integer, size, word } from "./fields.ts";

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
   * What is switched off in the restored copy before applications see it.
   * @default [odoo] for a rehearsal and for dr in the lab, where every loss is a drill; else [], because in a real
   * failover the business has to send its mail
   */
  neutralise: z.array(choice(["odoo"])).optional(),
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
