import type { Input } from "@pulumi/pulumi";
import type { Role, Site } from "../../contract/stack.ts";
import type { DatabasePlan, MonitoringPlan, RepositoryPlan, SecretRef, TermPlan } from "../../plan/types.ts";
import type { ResolveSecret } from "../secrets.ts";
import type { SiteTerm } from "../term.ts";

export interface DatabaseArgs {
  readonly plan: DatabasePlan;
  readonly repositories: readonly RepositoryPlan[];
  readonly term: SiteTerm;
  readonly termPlan: TermPlan;
  readonly monitoring: MonitoringPlan;
  readonly site: Site;
  readonly role: Role;
  readonly namespace: Input<string>;
  readonly tlsSecret: Input<string>;
  /** Its common name is what pgBackRest's server admits. */
  readonly certificate: SecretRef;
  /** Database in which Odoo's own copy of the epoch lies, and which is neutralised. */
  readonly odooDatabase: string;
  readonly secrets: ResolveSecret;
}
