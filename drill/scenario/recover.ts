import type { Site } from "../../contract/stack.ts";
import type { RecoveryRequest } from "../recovery.ts";
import type { ScenarioItem } from "../step.ts";
import {
  confirmedStep,
  goBackStep,
  lastWalStep,
  patchStep,
  protectRecoveredStep,
  watchRecoveryStep,
} from "../steps/recover.ts";
import { leaseStep } from "../steps/third-place.ts";

export interface RecoverOptions {
  /** Who serves, and in which epoch: what the person has confirmed. */
  readonly site: Site;
  readonly epoch: number;
  /** Null: that epoch's own path. */
  readonly sourceEpoch: number | null;
  readonly request: RecoveryRequest;
  /** How long the pod may stand still on one error before the run gives up. */
  readonly stuckMs: number;
}

/** The active site goes back to a chosen place in its own history, in place and under the next epoch. */
export function recoverInPlace(options: RecoverOptions): readonly ScenarioItem[] {
  return [
    leaseStep(),
    confirmedStep(options),
    lastWalStep(options),
    { together: [goBackStep(options), watchRecoveryStep(options)] },
    protectRecoveredStep(options),
    patchStep(options),
  ];
}
