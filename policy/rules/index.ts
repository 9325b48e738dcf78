import type { Rule } from "../rule.ts";
import { bucketProtectionRules } from "./bucket-protection.ts";
import { bucketTimesRules } from "./bucket-times.ts";
import { recoveryPointRules } from "./recovery-point.ts";
import { replicaRules } from "./replica.ts";
import { scheduleRules } from "./schedules.ts";
import { secretRules } from "./secrets.ts";
import { stackShapeRules } from "./stack-shape.ts";
import { trafficRules } from "./traffic.ts";
import { workloadRules } from "./workloads.ts";
import { writerRules } from "./writers.ts";

/** Every rule, in the order of docs/policies.md. */
export const rules: readonly Rule[] = [
  ...bucketProtectionRules,
  ...bucketTimesRules,
  ...replicaRules,
  ...writerRules,
  ...scheduleRules,
  ...recoveryPointRules,
  ...trafficRules,
  ...stackShapeRules,
  ...workloadRules,
  ...secretRules,
];

/** Where a rule is explained, from the root of the repository. */
export function linkOf({ name }: Rule): string {
  return `docs/policies.md#${name}`;
}
