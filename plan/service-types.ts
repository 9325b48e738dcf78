import type { KeyFunction } from "../contract/key-function.ts";
import type { ResourcesPlan, SecretRef, VolumePlan } from "./basic-types.ts";

/** One service, whichever it is: what its pod is made of, when it starts, and who may ask it. */
export interface ServicePlan {
  /** Of its Deployment, its Service and its resources. */
  readonly name: string;
  readonly image: string;
  /** Null: the image's own. */
  readonly command: readonly string[] | null;
  readonly args: readonly string[] | null;
  /** Never root: the namespace enforces Pod Security "restricted". */
  readonly uid: number;
  readonly env: Readonly<Record<string, string>>;
  /** Reach the pod through a Secret, never an argument. */
  readonly secretEnv: Readonly<Record<string, SecretRef>>;
  /** Contents by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders on a root that is read-only otherwise. */
  readonly writable: readonly string[];
  /** Null: nobody can ask it. */
  readonly port: ServicePortPlan | null;
  readonly probe: ProbePlan;
  readonly resources: ResourcesPlan;
  /** By the site's role. */
  readonly replicas: number;
  /** `Recreate` where two at once would work on the same data. */
  readonly strategy: "Recreate" | "RollingUpdate";
  readonly group: number;
  /** Null where it starts at once. */
  readonly waits: WaitPlan | null;
  /** Whom its port is open to: pods of this site, or the world too. */
  readonly openTo: "site" | "world";
  /** Whether an `up` waits for it. */
  readonly awaited: boolean;
  /** Whether the weights wait for it. */
  readonly critical: boolean;
  /** Its own, with a role of the same name; null where it has none. */
  readonly database: ServiceDatabasePlan | null;
  readonly routes: readonly RoutePlan[];
  readonly keyFunctions: readonly KeyFunction[];
}

export interface ServicePortPlan {
  readonly name: "http" | "https";
  /** In the pod. */
  readonly container: number;
  /** Of the Service. */
  readonly service: number;
  readonly nodePort: number | null;
}

export interface ProbePlan {
  /** Null: a connection is answer enough. */
  readonly path: string | null;
  readonly startupSeconds: number;
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly restart: boolean;
}

/** An init container that asks services until each answers: they have no endpoint before one of their pods is ready. */
export interface WaitPlan {
  /** With bash and coreutils. */
  readonly image: string;
  readonly services: readonly { readonly name: string; readonly port: number }[];
}

export interface ServiceDatabasePlan {
  readonly name: string;
  readonly role: string;
  /** `generated`: of this stack alone; else the same at both sites, for applications that keep it in their data. */
  readonly password: "generated" | SecretRef;
}

export interface RoutePlan {
  readonly host: string;
  readonly path: string;
  /** Answers go on and on: each piece is passed on as it comes. */
  readonly streams: boolean;
}

export interface ServicesPlan {
  readonly odoo: OdooPlan;
  /** Null where the stack file has none. */
  readonly n8n: N8nPlan | null;
  readonly notifications: NotificationsPlan | null;
  readonly gateway: GatewayPlan;
  readonly own: readonly ServicePlan[];
}

export interface OdooPlan extends ServicePlan {
  readonly port: ServicePortPlan;
  readonly database: ServiceDatabasePlan;
  readonly modules: readonly string[];
  readonly adminPassword: SecretRef;
  readonly workers: number;
  readonly volume: VolumePlan;
}

export interface N8nPlan extends ServicePlan {
  readonly port: ServicePortPlan;
  readonly database: ServiceDatabasePlan & { readonly password: SecretRef };
  readonly host: string;
  readonly encryptionKey: SecretRef;
  readonly owner: { readonly email: string; readonly password: SecretRef };
}

export interface NotificationsPlan extends ServicePlan {
  readonly port: ServicePortPlan;
  readonly host: string;
  readonly user: string;
  readonly password: SecretRef;
}

export interface GatewayPlan extends ServicePlan {
  readonly port: ServicePortPlan;
  readonly healthPage: string;
  readonly requestLog: boolean;
  readonly hosts: readonly HostPlan[];
}

/** A name that the gateway serves, and what lies below it. */
export interface HostPlan {
  readonly host: string;
  readonly locations: readonly {
    readonly path: string;
    readonly service: string;
    readonly port: number;
    readonly streams: boolean;
  }[];
}
