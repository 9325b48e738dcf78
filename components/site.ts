import { ComponentResource, type ComponentResourceOptions, type Output, type Resource } from "@pulumi/pulumi";
import type { StackContract } from "../contract/stack.ts";
import { planSiteContract } from "../plan/contract.ts";
import type { SitePlan } from "../plan/types.ts";
import { BackupSchedule } from "./backup-schedule.ts";
import { Database } from "./database/database.ts";
import { Documents } from "./documents/documents.ts";
import { makeNamespace } from "./namespace.ts";
import { makeQuarantine } from "./quarantine.ts";
import type { ResolveSecret } from "./secrets.ts";
import { makeSiteServices } from "./services/site-services.ts";
import { SiteStore } from "./storage/site-store.ts";
import { SiteTerm } from "./term.ts";
import { makeTlsSecret } from "./tls-secret.ts";
import { CanaryName } from "./traffic/canary-name.ts";
import type { DnsImplementation } from "./traffic/implementation.ts";
import { TrafficWeights } from "./traffic/traffic-weights.ts";

export interface SiteStackArgs {
  readonly plan: SitePlan;
  /** Null where the stack writes no record. */
  readonly dns: DnsImplementation | null;
  readonly secrets: ResolveSecret;
}

interface Place {
  readonly namespace: Output<string>;
  readonly tlsSecret: Output<string>;
}

/**
 * Everything of a site's stack. One `up` promotes: the term is taken, the
 * database restores and prepares itself, services wait by readiness, and the
 * weights move when the critical ones are ready.
 */
export class SiteStack extends ComponentResource {
  readonly contract: Output<StackContract>;

  constructor(name: string, args: SiteStackArgs, opts: ComponentResourceOptions) {
    super("holdfast:site:SiteStack", name, {}, opts);
    const { plan } = args;
    const term = new SiteTerm(
      "term",
      { plan: plan.term, site: plan.site, role: plan.role },
      { parent: this },
    );
    const place = this.makePlace(args);
    if (plan.quarantine !== null) makeQuarantine(this, plan.quarantine, place.namespace);
    const store = this.makeStore(args, place);
    const database = this.makeDatabase(args, place, term);
    this.makeSchedules(args, place, database, term);
    const documents = this.makeDocuments(args, place, store, database);
    const critical = this.makeServices(args, place, term, database, documents);
    this.makeTraffic(args, database, critical);
    this.contract = term.epoch.apply((epoch) => ({
      ...planSiteContract(plan),
      epoch,
      stanzaPath: epoch === 0 ? null : `/epochs/${epoch}`,
    }));
    this.registerOutputs({ contract: this.contract });
  }

  private makePlace({ plan, secrets }: SiteStackArgs): Place {
    const namespace = makeNamespace(this, plan.namespace, plan.database.volume).metadata.name;
    return { namespace, tlsSecret: makeTlsSecret(this, plan, namespace, secrets).metadata.name };
  }

  private makeStore({ plan, secrets }: SiteStackArgs, place: Place): SiteStore {
    return new SiteStore(
      "objects",
      {
        plan: plan.store,
        documentsBucket: plan.documents.site.bucket,
        secrets,
        ...place,
      },
      { parent: this },
    );
  }

  private makeDatabase({ plan, secrets }: SiteStackArgs, place: Place, term: SiteTerm): Database {
    return new Database(
      "database",
      {
        plan: plan.database,
        repositories: plan.repositories,
        term,
        termPlan: plan.term,
        monitoring: plan.monitoring,
        site: plan.site,
        role: plan.role,
        certificate: plan.tls.cert,
        odooDatabase: plan.services.odoo.database.name,
        secrets,
        ...place,
      },
      { parent: this },
    );
  }

  private makeSchedules(
    { plan, secrets }: SiteStackArgs,
    place: Place,
    database: Database,
    term: SiteTerm,
  ): void {
    // A rehearsal has none, and then none of their keys either.
    if (plan.schedules.length === 0) return;
    new BackupSchedule(
      "backup",
      {
        plans: plan.schedules,
        jobs: plan.jobs,
        site: plan.site,
        term,
        database: plan.database,
        repositories: plan.repositories,
        authorities: { offsite: plan.offsiteCa, site: plan.tls.ca },
        dumpPassword: passwordOf(database, plan.jobs.logicalDump.role),
        secrets,
        configSecret: database.configSecret,
        scriptsMap: database.scriptsMap,
        // A promotion's first seconds belong to the database's pod, and no schedule runs before there is one to back
        // up. A site that stands by suspends them at once, whatever its database does.
        after: onceServing(plan, database),
        ...place,
      },
      { parent: this },
    );
  }

  private makeDocuments(
    { plan, secrets }: SiteStackArgs,
    place: Place,
    store: SiteStore,
    database: Database,
  ): Documents {
    return new Documents(
      "documents",
      {
        plan: plan.documents,
        site: plan.site,
        database: {
          host: plan.database.name,
          port: plan.database.port,
          name: plan.services.odoo.database.name,
        },
        checkPassword: passwordOf(database, plan.documents.checkRole),
        siteKeys: store.documentsKeys,
        // Nobody who is promoted needs it before there are rows to check; Odoo's pod fills its volume by itself.
        after: onceServing(plan, database),
        authorities: { offsite: plan.offsiteCa, site: plan.tls.ca },
        secrets,
        ...place,
      },
      { parent: this },
    );
  }

  /**
   * Started beside the database, not after it: their pods wait, and the images' start is out of the way. Only its
   * settings come first, for a promotion is as long as its database's pod.
   */
  private makeServices(
    { plan, secrets }: SiteStackArgs,
    place: Place,
    term: SiteTerm,
    database: Database,
    documents: Documents,
  ): readonly Resource[] {
    return makeSiteServices(this, {
      plan,
      term,
      filestore: documents.filestore,
      passwordOf: (role) => passwordOf(database, role),
      after: database.settings,
      secrets,
      ...place,
    });
  }

  private makeTraffic({ plan, dns }: SiteStackArgs, database: Database, critical: readonly Resource[]): void {
    if (dns === null) return;
    const after = [database.statefulSet, ...critical];
    if (plan.canary !== null) new CanaryName("canary", { plan: plan.canary, dns, after }, { parent: this });
    if (plan.traffic === null) return;
    new TrafficWeights("traffic", { plan: plan.traffic, dns, after }, { parent: this });
  }
}

/** Of a site that serves, its database; one that stands by waits for nothing. */
function onceServing({ role }: SitePlan, database: Database): readonly Resource[] {
  return role === "active" ? [database.statefulSet] : [];
}

function passwordOf({ passwords }: Database, role: string): Output<string> {
  const password = passwords[role];
  if (password === undefined)
    throw new Error(`the plan gives ${role} rows to read, and the database no such role`);
  return password;
}
