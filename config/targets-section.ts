import { z } from "zod";
import { choice, duration } from "./fields.ts";

/** `holdfast:targets`: what the business asked for, against which every run is judged. */
export const targetsSection = z.strictObject({
  /**
   * From the loss to the first transaction that the other site commits.
   * @default "4 hours" (NFR-003)
   */
  rto: duration().prefault("4 hours"),
  /**
   * How much acknowledged work may be lost, as time before the loss.
   * @default "15 minutes" (NFR-003)
   */
  rpo: duration().prefault("15 minutes"),
  /**
   * What a preview says when the forecast of a full volume is over the RTO.
   * @default "warning": the bundled rates are slow; "error" once recovery.restoreRate is measured
   */
  outOfReach: choice(["warning", "error"]).prefault("warning"),
});
