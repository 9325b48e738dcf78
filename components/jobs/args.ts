import type { Input, Resource } from "@pulumi/pulumi";
import type { Site } from "../../contract/stack.ts";
import type { DatabasePlan, JobsPlan, RepositoryPlan, SchedulePlan, SecretRef } from "../../plan/types.ts";
import type { ResolveSecret } from "../secrets.ts";
import type { SiteTerm } from "../term.ts";

export interface BackupScheduleArgs {
  readonly plans: readonly SchedulePlan[];
  readonly jobs: JobsPlan;
  readonly site: Site;
  readonly term: Pick<SiteTerm, "epoch" | "stanzaPath">;
  /** Its image: a backup job must be of the same pgBackRest as the server it talks to. */
  readonly database: Pick<DatabasePlan, "image" | "name" | "port" | "parameters" | "resources">;
  readonly repositories: readonly RepositoryPlan[];
  /** Who signed each store's certificate. */
  readonly authorities: Readonly<Record<RepositoryPlan["kind"], SecretRef>>;
  readonly dumpPassword: Input<string>;
  readonly namespace: Input<string>;
  readonly configSecret: Input<string>;
  readonly scriptsMap: Input<string>;
  readonly tlsSecret: Input<string>;
  readonly secrets: ResolveSecret;
  /** What has to stand before anything runs by the clock. */
  readonly after: readonly Resource[];
}
