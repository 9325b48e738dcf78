import type { Case } from "./case.ts";
import { recoveryPointCases } from "./recovery-point.ts";
import { scheduleCases } from "./schedules.ts";
import { secretCases } from "./secrets.ts";
import { stackShapeCases } from "./stack-shape.ts";
import { trafficCases } from "./traffic.ts";
import { workloadCases } from "./workloads.ts";

/** Of every rule about a site's stack, in the order of docs/policies.md. */
export const siteCases: readonly Case[] = [
  ...scheduleCases,
  ...recoveryPointCases,
  ...trafficCases,
  ...stackShapeCases,
  ...workloadCases,
  ...secretCases,
];
