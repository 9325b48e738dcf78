import type { ScenarioItem } from "../step.ts";
import { activateStep } from "../steps/activate.ts";
import { armStep, plantStep } from "../steps/arm.ts";
import { backupsStep, walStep } from "../steps/backups.ts";
import { baselineStep } from "../steps/baseline.ts";
import { collectStep, diagnoseStep, leaveStep } from "../steps/closing.ts";
import { documentStep } from "../steps/documents.ts";
import { declareStep, detectStep, faultStep, fenceStep } from "../steps/fault.ts";
import { floorStep } from "../steps/floor.ts";
import { gateStep } from "../steps/gate.ts";
import { keyFunctionsStep } from "../steps/key-functions.ts";
import { lockStep } from "../steps/lock.ts";
import { mailStep, outsideStep } from "../steps/mail.ts";
import { integrityStep, measureStep } from "../steps/measure.ts";
import { neutraliseStep, rolesStep, servicesStep, trafficStep } from "../steps/observe.ts";
import { preflightStep } from "../steps/preflight.ts";
import { firstOffsiteStep, prepareSteps } from "../steps/prepare.ts";
import { protectStep } from "../steps/protect.ts";
import { restoreStep } from "../steps/restore.ts";
import { seedStep } from "../steps/seed.ts";
import { leaseStep, thirdPlaceStep } from "../steps/third-place.ts";
import type { SiteLossOptions } from "./options.ts";

/** The primary data centre is lost without warning, and the business goes on at dr. */
export function siteLoss(options: SiteLossOptions): readonly ScenarioItem[] {
  return [
    thirdPlaceStep(),
    firstOffsiteStep(),
    leaseStep(),
    preflightStep(options),
    ...prepareSteps(options),
    seedStep(options),
    baselineStep(options),
    backupsStep(),
    lockStep(),
    documentStep(),
    mailStep(),
    walStep(options),
    gateStep(options),
    // Damage that is to work for a while comes first: the loss must still meet its phase.
    ...(options.holdSeconds > 0
      ? [plantStep(options), armStep(options)]
      : [armStep(options), plantStep(options)]),
    faultStep(),
    detectStep(options),
    declareStep(),
    fenceStep(),
    {
      together: [
        activateStep(),
        restoreStep(options),
        rolesStep(),
        neutraliseStep(options),
        servicesStep(),
        trafficStep(),
      ],
    },
    keyFunctionsStep(options),
    measureStep(options),
    integrityStep(options),
    protectStep(),
    ...(options.floor === undefined || options.floor.rounds === 0
      ? []
      : [floorStep({ ...options.floor, failuresToDetect: options.failuresToDetect })]),
    outsideStep(),
    diagnoseStep(),
    collectStep(),
    leaveStep(),
  ];
}
