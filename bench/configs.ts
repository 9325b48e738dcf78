import { commonNameOf } from "../components/database/common-name.ts";
import {
  type RepositorySecrets,
  renderArchiveConfig,
  renderJobConfig,
  renderRecordsConfig,
  renderRestoreConfig,
  renderServerConfig,
} from "../components/database/pgbackrest-config.ts";
import type { RepositoryPlan } from "../plan/types.ts";

/** Buckets of the bench's own: what it leaves behind is never mixed with a site's repository. */
export const benchBuckets = {
  offsite: "holdfast-bench",
  site: "holdfast-bench-site",
  barman: "holdfast-bench-barman",
} as const;

export interface BenchSecrets {
  readonly cipher: string;
  /** Of an identity that may use the bench's buckets. */
  readonly accessKey: string;
  readonly secretKey: string;
  /** Site's certificate, which names whom pgBackRest's server admits. */
  readonly certificate: string;
}

/**
 * pgBackRest's configs, by the product's own renderers: the bench measures the
 * options that ship. What stands for the site's store is a second bucket of the
 * offsite one: an archive command pushes each segment twice, as it does at a site.
 */
export function benchConfigs(
  offsite: RepositoryPlan,
  secrets: BenchSecrets,
  path: string,
): Readonly<Record<string, string>> {
  const repository: RepositoryPlan = { ...offsite, bucket: benchBuckets.offsite };
  const site: RepositoryPlan = { ...repository, name: "site", kind: "site", bucket: benchBuckets.site };
  const keys = { accessKey: secrets.accessKey, secretKey: secrets.secretKey };
  const values: RepositorySecrets = { cipher: secrets.cipher, writer: keys, reader: keys };
  return {
    "archive-offsite.conf": renderArchiveConfig(repository, values, path),
    "archive-site.conf": renderArchiveConfig(site, values, path),
    "job-offsite.conf": renderJobConfig(repository, values, path),
    "records.conf": renderRecordsConfig(repository, benchBuckets.offsite, keys),
    "server-offsite.conf": renderServerConfig(repository, commonNameOf(secrets.certificate)),
    "restore.conf": renderRestoreConfig("restore", repository, values, path),
    "aws-credentials": `[default]\naws_access_key_id = ${keys.accessKey}\naws_secret_access_key = ${keys.secretKey}\n`,
  };
}
