import type { ScenarioItem } from "../step.ts";
import { armStep } from "../steps/arm.ts";
import { baselineStep } from "../steps/baseline.ts";
import { collectStep, diagnoseStep } from "../steps/closing.ts";
import { documentStep } from "../steps/documents.ts";
import { gateStep } from "../steps/gate.ts";
import { keyFunctionsStep } from "../steps/key-functions.ts";
import { lockStep } from "../steps/lock.ts";
import { mailStep, outsideStep } from "../steps/mail.ts";
import { integrityStep, measureStep } from "../steps/measure.ts";
import { neutraliseStep, rolesStep, servicesStep, trafficStep } from "../steps/observe.ts";
import { preflightStep } from "../steps/preflight.ts";
import { throughCanaryName } from "../steps/rehearsal/canary-view.ts";
import { cleanUpStep, leftoversStep } from "../steps/rehearsal/clean-up.ts";
import { productionStep, surveyStep } from "../steps/rehearsal/production.ts";
import { activateRehearsalStep, declareRehearsalStep } from "../steps/rehearsal/t0.ts";
import { unchangedStep } from "../steps/rehearsal/unchanged.ts";
import { restoreStep } from "../steps/restore.ts";
import { leaseStep, thirdPlaceStep } from "../steps/third-place.ts";
import type { SiteLossOptions } from "./options.ts";

/**
 * What a loss at this moment would come to, while production serves on: the same recovery, by the same steps, in a
 * stack of its own that is thrown away. Nothing is damaged for it, and nothing prepared but n8n's workflow for drills and, with a sink, mail
 * of the run's own.
 * In these steps `dr` is that stack.
 */
export function rehearsal(options: SiteLossOptions): readonly ScenarioItem[] {
  return [
    thirdPlaceStep(),
    leaseStep(),
    preflightStep(options),
    productionStep(),
    leftoversStep(),
    surveyStep(options),
    lockStep(),
    baselineStep(options),
    documentStep(),
    mailStep(),
    gateStep(options),
    armStep(options),
    declareRehearsalStep(),
    {
      together: [
        activateRehearsalStep(),
        restoreStep(options),
        rolesStep(),
        neutraliseStep(options),
        servicesStep(),
        trafficStep(),
      ],
    },
    throughCanaryName(keyFunctionsStep(options)),
    measureStep(options),
    integrityStep(options),
    throughCanaryName(outsideStep()),
    diagnoseStep(),
    cleanUpStep(),
    unchangedStep(options),
    collectStep(),
  ];
}
