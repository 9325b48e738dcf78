import type { RecoveryKind } from "../config/words.ts";
import type { JobKind } from "../contract/job-record.ts";
import type { Role, Site } from "../contract/stack.ts";
import type { AwsProviderPlan, AwsStoragePlan } from "./aws/types.ts";
import type { IdentityRef, ResourcesPlan, SecretRef, VolumePlan } from "./basic-types.ts";
import type { ServicesPlan } from "./service-types.ts";
import type { CanaryPlan, TrafficPlan, ZonePlan } from "./traffic-types.ts";

export type * from "./basic-types.ts";
export type * from "./service-types.ts";

/**
 * The plan: every name, number, cron and retention that a stack needs, decided
 * by pure functions and read by components that only loop over it. Plain values;
 * secrets are references (`SecretRef`) that components resolve.
 */

export interface OffsitePlan {
  readonly kind: "offsite";
  readonly bucket: BucketPlan;
  readonly controlBucket: BucketPlan;
  readonly recordsBucket: BucketPlan;
  readonly documentsBucket: BucketPlan;
  /** Null where the store is not Amazon's. */
  readonly aws: AwsStoragePlan | null;
  readonly zone: ZonePlan;
  readonly targets: TargetsPlan;
  readonly stack: string;
  readonly lab: boolean;
  readonly providers: ProvidersPlan;
}

/** Where holdfast's own provider finds the third place, and with which keys. */
export interface ProvidersPlan {
  /** Null where the stack makes nothing in a store by holdfast's own provider. */
  readonly store:
    | ({ readonly endpoint: string; readonly region: string; readonly ca: SecretRef } & IdentityRef)
    | null;
  /** Null where the stack writes no record to a PowerDNS server. */
  readonly dns: { readonly api: string; readonly apiKey: SecretRef } | null;
  /** Null where the stack makes nothing at AWS. */
  readonly aws: AwsProviderPlan | null;
  /** Of the replica's region and account; null where there is none. */
  readonly awsReplica: AwsProviderPlan | null;
  /** Null where the stack makes nothing at Cloudflare. */
  readonly cloudflare: { readonly apiToken: SecretRef } | null;
}

export type { AwsProviderPlan } from "./aws/types.ts";
export type { CanaryPlan, DnsPlace, TrafficPlan, ZonePlan } from "./traffic-types.ts";

export interface BucketPlan {
  readonly logicalName: string;
  readonly bucketName: string;
  readonly versioning: boolean;
  readonly objectLock: { readonly mode: "COMPLIANCE" | "GOVERNANCE"; readonly days: number } | null;
  readonly defaultEncryption: "AES256" | null;
  /** A policy document, JSON; null where there is none. */
  readonly policy: string | null;
  readonly lifecycle: { readonly noncurrentDays: number; readonly abortIncompleteUploadDays: number } | null;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly forceDestroy: boolean;
}

export interface TargetsPlan {
  readonly rtoSeconds: number;
  readonly rpoSeconds: number;
}

export interface SitePlan {
  readonly kind: "site";
  readonly site: Site;
  readonly stack: string;
  readonly role: Role;
  readonly lab: boolean;
  readonly namespace: string;
  readonly cluster: { readonly context: string; readonly identifier: string };
  readonly address: string;
  readonly targets: TargetsPlan;
  readonly term: TermPlan;
  readonly tls: { readonly ca: SecretRef; readonly cert: SecretRef; readonly key: SecretRef };
  readonly store: StorePlan;
  readonly database: DatabasePlan;
  readonly repositories: readonly RepositoryPlan[];
  readonly schedules: readonly SchedulePlan[];
  readonly jobs: JobsPlan;
  readonly documents: DocumentsPlan;
  readonly services: ServicesPlan;
  readonly monitoring: MonitoringPlan;
  /** Null where applications may reach what they like. */
  readonly quarantine: QuarantinePlan | null;
  /** Null where this stack does not own the weights (only dr does). */
  readonly traffic: TrafficPlan | null;
  /** Null but for a rehearsal: the one name that leads to it. */
  readonly canary: CanaryPlan | null;
  readonly providers: ProvidersPlan;
  readonly publicName: string;
  /** Null for a rehearsal: nobody is sent to its database. */
  readonly databaseName: string | null;
  readonly publicUrl: string;
  /** CA of the offsite store, for pgBackRest in the pods. */
  readonly offsiteCa: SecretRef;
  /** The worst that archiving alone can lose, beside the target. */
  readonly worstCaseRpoSeconds: number;
}

export interface TermPlan {
  readonly bucket: string;
  readonly key: string;
  readonly handover: number | null;
  readonly run: string | null;
  /** Timeline to recover to; null takes the newest one in the source epoch's archive. */
  readonly recoveryTimeline: number | null;
  /** Null for an ordinary restore: all that was archived in the epoch before, from the third place. */
  readonly recovery: RecoveryPlan | null;
}

/** Where a restore ends, and what it reads. */
export interface RecoveryPlan {
  readonly kind: RecoveryKind;
  /** The time (as pgBackRest reads it), LSN or name; null for latest and set. */
  readonly target: string | null;
  /** Kind set: that set; else the set to begin from, null for the newest that fits. */
  readonly set: string | null;
  readonly exclusive: boolean;
  readonly repository: "offsite" | "site";
  readonly asOf: string | null;
  /** Null: the epoch before the one taken. */
  readonly sourceEpoch: number | null;
}

/** The site's own S3 store: a workload of the site. */
export interface StorePlan {
  readonly name: string;
  readonly image: string;
  readonly nodePort: number | null;
  readonly volume: VolumePlan;
  readonly bucket: string;
  readonly accessKey: SecretRef;
  readonly secretKey: SecretRef;
  readonly replicas: number;
}

/** Files that rows name: from the active site to the third place, and from there into every site's store. */
export interface DocumentsPlan {
  readonly name: string;
  readonly image: string;
  /** Of the copy: it runs in every role but a rehearsal's. */
  readonly replicas: number;
  /** Whether this site's new files go to the third place: the active one's alone. */
  readonly pushes: boolean;
  readonly offsite: DocumentsBucketPlan & {
    /** What an application's pod holds: the documents' own keys where it pushes, else the reader's. */
    readonly ofServices: IdentityRef;
    readonly reader: IdentityRef;
  };
  /** Service accounts of the copy's pods and of those that keep files; null where they hold keys. */
  readonly accounts: { readonly copy: string | null; readonly files: string | null };
  readonly site: DocumentsBucketPlan;
  /** Object names' first part, of Odoo's filestore. */
  readonly filestorePrefix: string;
  readonly heartbeatKey: string;
  readonly pushSeconds: number;
  readonly heartbeatSeconds: number;
  readonly pullSeconds: number;
  readonly checkSeconds: number;
  readonly sample: number;
  /** Role with which rows are read. */
  readonly checkRole: string;
  readonly exporter: Omit<ExporterPlan, "name">;
}

export interface DocumentsBucketPlan {
  readonly endpoint: { readonly host: string; readonly port: number };
  readonly region: string;
  readonly bucket: string;
}

export interface RolePlan {
  readonly name: string;
  /** `generated`: a RandomPassword of this stack; otherwise the reference. */
  readonly password: "generated" | SecretRef;
  readonly attributes: readonly ("LOGIN" | "CREATEDB" | "SUPERUSER" | "REPLICATION" | "BYPASSRLS")[];
  /** Predefined roles that it is granted. */
  readonly memberOf?: readonly "pg_read_all_data"[];
}

export interface DatabasePlan {
  readonly name: string; // StatefulSet and service: "database"
  readonly image: string;
  readonly replicas: number;
  /** Service account of its pods; null where they hold keys alone. */
  readonly account: string | null;
  readonly port: number;
  readonly nodePort: number | null;
  readonly volume: VolumePlan;
  readonly resources: ResourcesPlan;
  readonly parameters: Readonly<Record<string, string>>;
  readonly archiveTimeoutSeconds: number;
  readonly roles: readonly RolePlan[];
  readonly databases: readonly { readonly name: string; readonly owner: string }[];
  /** What every backup set is marked with (key -> value, no spaces): what a restore has to match, and digests of plan and image. */
  readonly annotations: Readonly<Record<string, string>>;
  /** What is done to the restored copy before applications see it; empty where this stack serves for real from the start. */
  readonly neutralise: readonly NeutralisePlan[];
  readonly budgets: {
    readonly startupSeconds: number;
    readonly terminationSeconds: number;
    readonly updateTimeoutSeconds: number;
  };
}

/**
 * One application's rows made quiet, in one transaction, and looked at afterwards; the database opens when both
 * are done. A database that is not there has nothing to be quiet about.
 */
export interface NeutralisePlan {
  /** A label; also names the files of its SQL. */
  readonly name: string;
  readonly database: string;
  /** psql's language; :'epoch' and :'keep' (names, one a line) are set. Null: holdfast's own for that application. */
  readonly sql: string | null;
  /** A query whose every row says what is not quiet, in words. Null: holdfast's own. */
  readonly verify: string | null;
  /** What stays on because key functions use it, by the application's own names or ids. */
  readonly keep: readonly string[];
}

/** Applications reach their own site and nothing else. */
export interface QuarantinePlan {
  readonly name: string;
  /** Pods that are not applications: without the third place they cannot do their work. */
  readonly exempt: readonly string[];
  /** Where names are asked for. */
  readonly nameServers: readonly string[];
  readonly allowed: readonly { readonly address: string; readonly port: number }[];
}

export interface RepositoryPlan {
  /** Short name used in config files, spool and lock paths, CronJob names: "offsite" or "site". */
  readonly name: "offsite" | "site";
  readonly kind: "offsite" | "site";
  readonly stanza: string;
  readonly endpoint: { readonly host: string; readonly port: number };
  readonly region: string;
  readonly bucket: string;
  readonly cipher: SecretRef;
  readonly writer: IdentityRef;
  readonly reader: IdentityRef;
  readonly retention: { readonly fullCount: number; readonly differentialCount: number };
  readonly compress: { readonly type: "zst"; readonly level: number };
  readonly processMax: number;
  /** archive-push of the site's own store never holds up the archive command for longer than this. */
  readonly pushTimeoutSeconds: number;
}

export interface SchedulePlan {
  /** "backup-offsite-full" */
  readonly name: string;
  readonly repository: "offsite" | "site";
  readonly type: JobKind;
  readonly cron: string;
  readonly timeZone: string;
  readonly suspended: boolean;
  readonly startingDeadlineSeconds: number;
  readonly activeDeadlineSeconds: number;
  readonly historyLimits: { readonly successful: number; readonly failed: number };
}

/** What the scheduled jobs are told beside when they run. */
export interface JobsPlan {
  /** Where every job leaves its outcome, and with which keys: they open nothing else. */
  readonly records: {
    readonly bucket: string;
    readonly recorder: IdentityRef;
  };
  /** Service accounts of jobs that write a repository, and of those that only read; null where they hold keys alone. */
  readonly accounts: { readonly backup: string | null; readonly verify: string | null };
  readonly restoreTest: RestoreTestPlan;
  readonly logicalDump: LogicalDumpPlan;
}

export interface RestoreTestPlan {
  readonly namespace: string;
  readonly set: "latest" | "random";
  readonly floors: readonly { readonly database: string; readonly table: string; readonly rows: number }[];
  readonly volumeBytes: number;
  readonly storageClass: string | null;
}

export interface LogicalDumpPlan {
  /** PostgreSQL role that reads every table. */
  readonly role: string;
  readonly keepDaily: number;
  readonly keepWeekly: number;
  /** Of restic's repository, in the offsite bucket. */
  readonly path: string;
}

/** What a Prometheus outside the site reads: exporters beside PostgreSQL, in its pod. */
export interface MonitoringPlan {
  /** Of the service that carries both ports. */
  readonly name: string;
  readonly exporters: readonly ExporterPlan[];
  readonly intervalSeconds: number;
  /** Where jobs leave their records. */
  readonly recordsBucket: string;
}

export interface ExporterPlan {
  /** holdfast's own measurements, or PostgreSQL's. */
  readonly name: "holdfast" | "postgres";
  /** The container's, and the service's port: at most 15 characters. */
  readonly portName: string;
  readonly port: number;
  readonly nodePort: number | null;
}
