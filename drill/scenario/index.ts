import type { ScenarioItem } from "../step.ts";
import type { SiteLossOptions } from "./options.ts";
import { rehearsal } from "./rehearsal.ts";
import { siteLoss } from "./site-loss.ts";

/** One plan, two ways to take it: the primary is really lost, or serves on. */
const scenarios = { "site-loss": siteLoss, rehearsal } as const;

export function scenarioOf(
  name: keyof typeof scenarios,
): (options: SiteLossOptions) => readonly ScenarioItem[] {
  return scenarios[name];
}
