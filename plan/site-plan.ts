import type { SiteConfig } from "../config/index.ts";
import { planCanary } from "./canary.ts";
import { planDatabase } from "./database.ts";
import { planDnsProviders, planTags } from "./dns-place.ts";
import { planDocuments } from "./documents.ts";
import { planJobs } from "./jobs.ts";
import { planMonitoring } from "./monitoring.ts";
import { planNamespace } from "./namespace.ts";
import { storePlaceOf } from "./offsite-place.ts";
import { identityOf } from "./pod-identities.ts";
import { planQuarantine } from "./quarantine.ts";
import { planTerm } from "./recovery.ts";
import { planRepositories } from "./repositories.ts";
import { planSchedules } from "./schedules.ts";
import { planServices } from "./services/index.ts";
import { planStore } from "./store.ts";
import { planTraffic } from "./traffic.ts";
import type { SitePlan } from "./types.ts";
import { planWal } from "./wal.ts";

/** Everything that a site's stack makes, from its config alone: the same config gives the same plan. */
export function planSite(config: SiteConfig): SitePlan {
  const { offsite, site, targets, traffic } = config;
  const namespace = planNamespace(site);
  const canary = planCanary(config);
  const publicName = canary?.name ?? traffic.publicName;
  const services = planServices(config);
  const weights = planTraffic(config, services);
  return {
    kind: "site",
    site: site.name,
    stack: config.stack,
    role: site.role,
    lab: site.lab,
    namespace,
    cluster: { context: site.cluster.context, identifier: site.cluster.identifier },
    address: site.address,
    targets: { rtoSeconds: targets.rto, rpoSeconds: targets.rpo },
    term: planTerm(config),
    tls: site.tls,
    store: planStore(config),
    database: planDatabase(config),
    repositories: planRepositories(config, namespace),
    schedules: planSchedules(config),
    jobs: planJobs(config),
    documents: planDocuments(config, namespace),
    services,
    monitoring: planMonitoring(config),
    quarantine: planQuarantine(config),
    traffic: weights,
    canary,
    providers: planProviders(config, weights !== null || canary !== null),
    publicName,
    databaseName: canary === null ? traffic.databaseName : null,
    publicUrl: `https://${publicName}`,
    offsiteCa: offsite.ca,
    worstCaseRpoSeconds: planWal(config.database).worstCaseRpoSeconds,
  };
}

/** Taking a term is a write to the control bucket; a rehearsal takes none and gets keys that could not. */
function planProviders(config: SiteConfig, ownsRecords: boolean): SitePlan["providers"] {
  const { offsite, site, traffic } = config;
  return {
    store: {
      endpoint: storePlaceOf(offsite).endpoint,
      region: offsite.region,
      ca: offsite.ca,
      ...identityOf(offsite, site.role === "rehearsal" ? "reader" : "writer"),
    },
    ...planDnsProviders(traffic, ownsRecords, planTags(config.stack)),
    awsReplica: null,
  };
}
