import type { SiteConfig } from "../config/index.ts";
import { dumpRole } from "./jobs.ts";
import { nameOf } from "./names.ts";
import { storePlaceOf } from "./offsite-place.ts";
import { accountOf, identityOf } from "./pod-identities.ts";
import { portOf } from "./repositories.ts";
import { storeHost, storePort } from "./store.ts";
import type { DocumentsPlan } from "./types.ts";

const exporterPort = 9101;

/** How files that rows only name reach the third place, and the other site. */
export function planDocuments(config: SiteConfig, namespace: string): DocumentsPlan {
  const { documents, monitoring, offsite, site } = config;
  const place = storePlaceOf(offsite);
  const isRehearsal = site.role === "rehearsal";
  const pushes = site.role === "active";
  return {
    name: nameOf("label", "documents"),
    image: documents.image,
    // A rehearsal shares the cluster with dr's own copy.
    replicas: isRehearsal ? 0 : 1,
    pushes,
    offsite: {
      endpoint: { host: place.host, port: portOf(place.endpoint) },
      region: offsite.region,
      bucket: offsite.documentsBucket,
      ofServices: identityOf(offsite, pushes ? "documents" : "reader"),
      reader: identityOf(offsite, "reader"),
    },
    accounts: { copy: accountOf(config, "documents"), files: accountOf(config, "files") },
    site: {
      endpoint: { host: storeHost(namespace), port: storePort },
      region: offsite.region,
      bucket: documents.bucket,
    },
    filestorePrefix: "odoo/filestore",
    heartbeatKey: "heartbeat.json",
    pushSeconds: documents.push,
    heartbeatSeconds: documents.heartbeat,
    pullSeconds: documents.pull,
    checkSeconds: documents.check,
    sample: documents.sample,
    checkRole: dumpRole,
    exporter: {
      portName: "docs-metrics",
      port: exporterPort,
      nodePort: isRehearsal ? null : (monitoring.documents.nodePort ?? null),
    },
  };
}
