import type { ComponentResource, Resource } from "@pulumi/pulumi";
import type {
  DnsImplementationName,
  FixedRecordPlan,
  TrafficPlan,
  ZonePlan,
} from "../../plan/traffic-types.ts";
import type { DnsPlace } from "../../plan/types.ts";

export interface WeightsArgs {
  readonly plan: TrafficPlan;
  /** What must be ready first: weights move last, and not at all when a critical service fails. */
  readonly after: readonly Resource[];
}

export interface RecordArgs {
  readonly place: DnsPlace;
  readonly record: FixedRecordPlan;
  readonly after?: readonly Resource[];
}

/** One way to have names: a name server of one's own, or a service. */
export interface DnsImplementation {
  /** The weights of the public names. */
  makeWeights(parent: ComponentResource, name: string, args: WeightsArgs): void;
  /** A name that does not move. */
  makeRecord(parent: ComponentResource, name: string, args: RecordArgs): void;
  /** The zone with its fixed records; where a service has the zone already, its records alone. */
  makeZone(parent: ComponentResource, name: string, plan: ZonePlan): void;
}

/** The part of a plan that this implementation understands: another one is a bug of the loader's. */
export function placeOf<N extends DnsImplementationName>(
  place: DnsPlace,
  implementation: N,
): Extract<DnsPlace, { readonly implementation: N }> {
  if (place.implementation !== implementation)
    throw new Error(`the plan is of ${place.implementation}, the implementation ${implementation}`);
  return place as Extract<DnsPlace, { readonly implementation: N }>;
}

export function weightsOf<N extends DnsImplementationName>(
  plan: TrafficPlan,
  implementation: N,
): Extract<TrafficPlan, { readonly implementation: N }> {
  if (plan.implementation !== implementation)
    throw new Error(`the plan is of ${plan.implementation}, the implementation ${implementation}`);
  return plan as Extract<TrafficPlan, { readonly implementation: N }>;
}
