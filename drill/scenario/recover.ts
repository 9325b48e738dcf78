import type { RecoverOptions } from "../recovery.ts";
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
