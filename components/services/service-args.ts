import type { types } from "@pulumi/kubernetes";
import type { Input, Output, Resource } from "@pulumi/pulumi";
import type { ServicePlan, VolumePlan } from "../../plan/types.ts";
import type { PodIdentity } from "../identity.ts";
import type { ResolveSecret } from "../secrets.ts";

type Container = types.input.core.v1.Container;
type Mount = types.input.core.v1.VolumeMount;
export type Files = Output<Readonly<Record<string, string>>>;

export interface ServiceArgs {
  readonly plan: ServicePlan;
  readonly namespace: Input<string>;
  /** Where PostgreSQL is; used by services with a database. */
  readonly database: { readonly host: string; readonly port: number };
  /** Of its role in PostgreSQL, where it has one that the pod reads from its environment. */
  readonly password?: Output<string>;
  readonly parts?: ServiceParts;
  /** What has to be there before its pods start. */
  readonly after?: readonly Resource[];
  /** How long an `up` waits for it: any start may have to wait for the database's restore. */
  readonly timeoutSeconds: number;
  readonly secrets: ResolveSecret;
}

/** What only one application has: files that are rendered from more than its plan, a volume, containers beside it. */
export interface ServiceParts {
  /** Of the component before there was one for all: what state files know its children by. */
  readonly formerType?: string;
  /** Beside the plan's. */
  readonly env?: Readonly<Record<string, string>>;
  /** In a Secret `NAME-config`. */
  readonly secretFiles?: { readonly files: Files; readonly folder: string };
  /** In a ConfigMap `NAME-SUFFIX`. */
  readonly textFiles?: {
    readonly suffix: string;
    readonly files: Files;
    readonly folder: string;
    readonly executable: boolean;
  };
  readonly volume?: { readonly plan: VolumePlan; readonly folder: string };
  /** Before the service's own container, in order; they get what the service's container mounts. */
  readonly initContainers?: (mounts: Mount[]) => Container[];
  readonly sidecars?: (mounts: Mount[]) => Container[];
  readonly volumes?: types.input.core.v1.Volume[];
  /** Of the pod, for containers beside the service's own: that one does not mount the token. */
  readonly identity?: PodIdentity | null;
  /** Beside `secretFiles` and `textFiles`. */
  readonly mounts?: Mount[];
  /** Of what else the pod has to be replaced for. */
  readonly digest?: Input<string>;
}

/** Names of what the pod mounts. */
export interface ServiceFiles {
  readonly environment: Output<string> | null;
  readonly config: Output<string> | null;
  readonly texts: Output<string> | null;
  readonly files: Output<string> | null;
  readonly claim: Output<string> | null;
  /** The pod is replaced when any of it changes. */
  readonly digest: Output<string>;
}
