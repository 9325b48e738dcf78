import type { SiteConfig } from "../config/index.ts";
import { storePlaceOf } from "./offsite-place.ts";
import { identityOf } from "./pod-identities.ts";
import { planRetention } from "./retention.ts";
import { storeHost, storePort } from "./store.ts";
import type { RepositoryPlan, SitePlan } from "./types.ts";

/** The archive command succeeds when the third place has the segment: this long it may try. */
const offsitePushTimeoutSeconds = 60;

/** The site's own store may fail without holding the third place's segment back. */
const sitePushTimeoutSeconds = 5;

/** The third place first: its answer is the archive command's. */
export function planRepositories(config: SiteConfig, namespace: string): readonly RepositoryPlan[] {
  const { backup, offsite, site, store } = config;
  const place = storePlaceOf(offsite);
  const shared = {
    stanza: backup.stanza,
    region: offsite.region,
    cipher: backup.cipher,
    retention: planRetention(backup),
    compress: { type: "zst", level: backup.compressLevel },
    processMax: backup.processes,
  } as const;
  const storeKeys = { accessKey: store.accessKey, secretKey: store.secretKey };
  return [
    {
      name: "offsite",
      kind: "offsite",
      endpoint: { host: place.host, port: portOf(place.endpoint) },
      bucket: offsite.bucket,
      // A rehearsal archives nothing; the keys that could are not even there.
      writer: identityOf(offsite, site.role === "rehearsal" ? "reader" : "writer"),
      reader: identityOf(offsite, "reader"),
      pushTimeoutSeconds: offsitePushTimeoutSeconds,
      ...shared,
    },
    {
      name: "site",
      kind: "site",
      endpoint: { host: storeHost(namespace), port: storePort },
      bucket: store.bucket,
      // The site's store has one identity: what is there dies with the site anyway.
      writer: storeKeys,
      reader: storeKeys,
      pushTimeoutSeconds: sitePushTimeoutSeconds,
      ...shared,
    },
  ];
}

export function repositoryOf(
  { repositories }: Pick<SitePlan, "repositories">,
  wanted: RepositoryPlan["name"],
): RepositoryPlan {
  const found = repositories.find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`the plan has no repository ${wanted}`);
  return found;
}

export function portOf(endpoint: string): number {
  const url = new URL(endpoint);
  return url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
}
