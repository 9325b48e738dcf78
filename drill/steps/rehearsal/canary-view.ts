import { PortError } from "../../ports/port-error.ts";
import type { Ports } from "../../ports.ts";
import type { Step, StepContext } from "../../step.ts";
import { throughCanary } from "../../verdict/ledger.ts";

/**
 * A step of site-loss as a rehearsal takes it: what goes through the public name there goes through the
 * rehearsal's own name here, and the users are those of that name.
 */
export function throughCanaryName(step: Step): Step {
  const { precondition, run, verify, rollback } = step;
  return {
    ...step,
    ...(precondition === undefined ? {} : { precondition: (context) => precondition(asSeen(context)) }),
    run: (context) => run(asSeen(context)),
    verify: (context) => verify(asSeen(context)),
    ...(rollback === undefined ? {} : { rollback: (context) => rollback(asSeen(context)) }),
  };
}

function asSeen(context: StepContext): StepContext {
  return { ...context, ports: portsThroughCanary(context.ports) };
}

function portsThroughCanary(ports: Ports): Ports {
  const { prober } = ports;
  return {
    ...ports,
    odoo: canaryOf(ports).odoo,
    web: canaryOf(ports).web,
    prober: { ...prober, tail: async (count) => throughCanary(await prober.tail(count)) },
  };
}

export function canaryOf(ports: Ports): NonNullable<Ports["canary"]> {
  if (ports.canary === null) throw new PortError("canary", "this run has no rehearsal's stack");
  return ports.canary;
}
