import type { RepositoryPlan, RoleRef } from "../../plan/types.ts";
import { paths } from "./paths.ts";

/**
 * pgBackRest's generated configs. Restore, archive and backup have one each a
 * repository, never merged: restore and archive-push refuse a pg1-host, an
 * archive-push goes to every repository of its config, and since 2.59 one dead
 * repository would stop an asynchronous push to the others.
 */

export interface S3Keys {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** Whom a store is asked as: by keys, or by a role that the pod takes. */
export type S3Identity = S3Keys | RoleRef;

export interface RepositorySecrets {
  readonly cipher: string;
  readonly writer: S3Identity;
  readonly reader: S3Identity;
}

type Options = Readonly<Record<string, string | number>>;

/** What a restore reads: only reader keys, the given path, no server to connect to. */
export function renderRestoreConfig(
  name: "restore" | "restore-current" | "restore-site" | "restore-offsite",
  repository: RepositoryPlan,
  secrets: RepositorySecrets,
  path: string,
): string {
  return render(
    {
      ...repositoryOptions(repository, secrets, secrets.reader, path),
      ...localOptions(name),
      // Prefetches while PostgreSQL replays; each path its own spool.
      "archive-async": "y",
      "process-max": repository.processMax,
    },
    { ...localStanza },
    repository.stanza,
    secrets.reader,
  );
}

/** Not pgBackRest's: the identity and the place of the jobs' records, as scripts/lib.sh reads them for curl. */
export function renderRecordsConfig(
  { region, endpoint }: Pick<RepositoryPlan, "region" | "endpoint">,
  bucket: string,
  identity: S3Identity,
): string {
  return render(
    {
      ...identityOptions(identity),
      "repo1-s3-region": region,
      "repo1-s3-bucket": bucket,
      "repo1-storage-host": endpoint.host,
      "repo1-storage-ca-file": `${paths.tls}/offsite-ca.crt`,
    },
    {},
    "records",
    identity,
  );
}

/** What archive_command, stanza-create and the steward's own full backups use: inside the pod, writer keys. */
export function renderArchiveConfig(
  repository: RepositoryPlan,
  secrets: RepositorySecrets,
  path: string,
): string {
  return render(
    {
      ...repositoryOptions(repository, secrets, secrets.writer, path),
      ...writingOptions(repository),
      ...localOptions(`archive-${repository.name}`),
      // A backup and its job at the same time must meet at one lock; that of the server's side is the job's.
      "lock-path": lockPath(repository),
      "archive-async": "y",
      "process-max": repository.processMax,
    },
    { ...localStanza },
    repository.stanza,
    secrets.writer,
  );
}

/** A backup job in a pod of its own: the server is reached through pgBackRest's TLS server beside it. */
export function renderJobConfig(
  repository: RepositoryPlan,
  secrets: RepositorySecrets,
  path: string,
): string {
  return render(
    {
      ...repositoryOptions(repository, secrets, secrets.writer, path),
      ...writingOptions(repository),
      ...localOptions("job"),
      "lock-path": "/tmp/pgbackrest-lock",
      "process-max": repository.processMax,
    },
    {
      "pg1-path": paths.pgData,
      "pg1-host": paths.serverName,
      "pg1-host-type": "tls",
      "pg1-host-port": paths.serverPort,
      "pg1-host-ca-file": `${paths.tls}/ca.crt`,
      "pg1-host-cert-file": `${paths.tls}/tls.crt`,
      "pg1-host-key-file": `${paths.tls}/tls.key`,
      "pg1-host-config": `${paths.config}/server-${repository.name}.conf`,
    },
    repository.stanza,
    secrets.writer,
  );
}

/** The TLS server, and what the processes that it starts for a job of this repository see of the database. */
export function renderServerConfig(repository: RepositoryPlan, commonName: string): string {
  return render(
    {
      "tls-server-address": "*",
      "tls-server-port": paths.serverPort,
      "tls-server-ca-file": `${paths.tls}/ca.crt`,
      "tls-server-cert-file": `${paths.tls}/tls.crt`,
      "tls-server-key-file": `${paths.tls}/tls.key`,
      "tls-server-auth": `${commonName}=${repository.stanza}`,
      ...localOptions("server"),
      "lock-path": lockPath(repository),
    },
    { ...localStanza },
    repository.stanza,
  );
}

function repositoryOptions(
  repository: RepositoryPlan,
  secrets: RepositorySecrets,
  identity: S3Identity,
  path: string,
): Options {
  return {
    "repo1-type": "s3",
    "repo1-path": path,
    "repo1-s3-endpoint": repository.endpoint.host,
    "repo1-storage-host": repository.endpoint.host,
    "repo1-storage-port": repository.endpoint.port,
    "repo1-storage-ca-file": `${paths.tls}/${repository.name}-ca.crt`,
    "repo1-s3-uri-style": "path",
    "repo1-s3-region": repository.region,
    "repo1-s3-bucket": repository.bucket,
    ...identityOptions(identity),
    "repo1-cipher-type": "aes-256-cbc",
    "repo1-cipher-pass": secrets.cipher,
  };
}

/** A role's ARN and its token are no options: pgBackRest takes both from its environment (scripts/role.sh). */
function identityOptions(identity: S3Identity): Options {
  if ("role" in identity) return { "repo1-s3-key-type": "web-id", "repo1-s3-sts-host": identity.stsHost };
  return { "repo1-s3-key": identity.accessKey, "repo1-s3-key-secret": identity.secretKey };
}

function writingOptions(repository: RepositoryPlan): Options {
  return {
    "repo1-bundle": "y",
    "repo1-block": "y",
    ...uploadOptions(repository),
    "repo1-retention-full": repository.retention.fullCount,
    "repo1-retention-diff": repository.retention.differentialCount,
    "compress-type": repository.compress.type,
    "compress-level": repository.compress.level,
    "start-fast": "y",
  };
}

/** As many processes as have room for two parts each in a sidecar's memory. */
const mostWithLargeParts = 8;

/**
 * A file of a gigabyte goes up in parts, and a process waits for each answer: with parts of 16 MiB instead of 5 MiB a
 * full backup of 2 GB took a tenth less (docs/bench.md). Larger ones gained nothing more.
 */
function uploadOptions({ processMax }: RepositoryPlan): Options {
  return processMax <= mostWithLargeParts ? { "repo1-storage-upload-chunk-size": "16MiB" } : {};
}

/** Spool and lock of one config's own: a stalled process of one repository must not hold another's. */
function localOptions(name: string): Options {
  return {
    "spool-path": `${paths.spool}/${name}`,
    "lock-path": `${paths.lock}/${name}`,
    "log-path": paths.log,
    "log-level-file": "off",
    "log-level-console": "warn",
    // Half of the default minutes: a dropped connection is noticed while it matters.
    "io-timeout": 30,
    "db-timeout": 1800,
    "protocol-timeout": 1830,
  };
}

const localStanza: Options = {
  "pg1-path": paths.pgData,
  "pg1-socket-path": paths.socket,
  "pg1-user": "postgres",
};

function lockPath(repository: RepositoryPlan): string {
  return `${paths.lock}/${repository.name}`;
}

/** @param identity of the repository, where the config has one */
function render(global: Options, stanza: Options, name: string, identity?: S3Identity): string {
  return [
    // The first line, so that the archive command finds it without a process: scripts/role.sh.
    ...(identity !== undefined && "role" in identity ? [`# role=${identity.role}`] : []),
    "[global]",
    ...lines(global),
    "",
    `[${name}]`,
    ...lines(stanza),
    "",
  ].join("\n");
}

/** Empty values are left out: pgBackRest refuses them. */
function lines(options: Options): string[] {
  return Object.entries(options)
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `${key}=${value}`);
}
