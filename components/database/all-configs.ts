import { all, type Output, output } from "@pulumi/pulumi";
import { isRole } from "../../plan/pod-identities.ts";
import type { IdentityRef, JobsPlan, RepositoryPlan, SecretRef } from "../../plan/types.ts";
import type { ResolveSecret } from "../secrets.ts";
import type { SiteTerm } from "../term.ts";
import { commonNameOf } from "./common-name.ts";
import {
  type RepositorySecrets,
  renderArchiveConfig,
  renderJobConfig,
  renderRecordsConfig,
  renderRestoreConfig,
  renderServerConfig,
  type S3Identity,
} from "./pgbackrest-config.ts";

/**
 * Every pgBackRest config of a site: file name -> contents. Rendered only when
 * the term is known, because the epoch is part of every path. Restores read the
 * third place, and the site's own store only when told so: it dies with the site.
 */
export function renderAllConfigs(
  repositories: readonly RepositoryPlan[],
  term: Pick<SiteTerm, "stanzaPath" | "sourcePath">,
  certificate: SecretRef,
  secrets: ResolveSecret,
): Output<Record<string, string>> {
  const values = all(repositories.map((repository) => resolve(repository, secrets)));
  return all([values, term.stanzaPath, term.sourcePath, secrets(certificate)]).apply(
    ([resolved, stanzaPath, sourcePath, pem]) => {
      const files: Record<string, string> = {};
      for (const [index, repository] of repositories.entries()) {
        const keys = resolved[index];
        if (keys === undefined) throw new Error(`no secrets of repository ${repository.name}`);
        files[`archive-${repository.name}.conf`] = renderArchiveConfig(repository, keys, stanzaPath);
        files[`job-${repository.name}.conf`] = renderJobConfig(repository, keys, stanzaPath);
        files[`server-${repository.name}.conf`] = renderServerConfig(repository, commonNameOf(pem));
        if (repository.kind === "offsite") {
          files["restore.conf"] = renderRestoreConfig("restore", repository, keys, sourcePath);
          files["restore-current.conf"] = renderRestoreConfig(
            "restore-current",
            repository,
            keys,
            stanzaPath,
          );
        } else {
          files["restore-site.conf"] = renderRestoreConfig("restore-site", repository, keys, sourcePath);
        }
      }
      return files;
    },
  );
}

/**
 * What a restore test may have: each repository of the present epoch with the reader's keys, and the records' own.
 * The third place's writer's key is never where a restored copy runs; the site's own store has one identity.
 */
export function renderTestConfigs(
  repositories: readonly RepositoryPlan[],
  term: Pick<SiteTerm, "stanzaPath">,
  secrets: ResolveSecret,
): Output<Record<string, string>> {
  const values = all(repositories.map((repository) => resolve(repository, secrets)));
  return all([values, term.stanzaPath]).apply(([resolved, stanzaPath]) => {
    const files: Record<string, string> = {};
    for (const [index, repository] of repositories.entries()) {
      const keys = resolved[index];
      if (keys === undefined) throw new Error(`no secrets of repository ${repository.name}`);
      const name = `restore-${repository.name}` as const;
      files[`${name}.conf`] = renderRestoreConfig(name, repository, keys, stanzaPath);
    }
    return files;
  });
}

/** One file, `records.conf`: where jobs leave their records, as an identity that may do nothing else. */
export function renderRecords(
  repositories: readonly RepositoryPlan[],
  { bucket, recorder }: JobsPlan["records"],
  secrets: ResolveSecret,
): Output<Record<string, string>> {
  const offsite = offsiteOf(repositories);
  return resolveIdentity(recorder, secrets).apply(
    (identity): Record<string, string> => ({
      "records.conf": renderRecordsConfig(offsite, bucket, identity),
    }),
  );
}

export function offsiteOf(repositories: readonly RepositoryPlan[]): RepositoryPlan {
  const offsite = repositories.find(({ kind }) => kind === "offsite");
  if (offsite === undefined) throw new Error("the plan has no offsite repository");
  return offsite;
}

function resolve(
  { cipher, writer, reader }: RepositoryPlan,
  secrets: ResolveSecret,
): Output<RepositorySecrets> {
  return all([secrets(cipher), resolveIdentity(writer, secrets), resolveIdentity(reader, secrets)]).apply(
    ([passphrase, ofWriter, ofReader]) => ({
      cipher: passphrase,
      writer: ofWriter,
      reader: ofReader,
    }),
  );
}

/** The keys' values, or the role as it is: it holds nothing secret. */
export function resolveIdentity(identity: IdentityRef, secrets: ResolveSecret): Output<S3Identity> {
  if (isRole(identity)) return output<S3Identity>(identity);
  return all([secrets(identity.accessKey), secrets(identity.secretKey)]).apply(
    ([accessKey, secretKey]): S3Identity => ({ accessKey, secretKey }),
  );
}
