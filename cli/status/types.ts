import type { JobKind, JobRecord } from "../../contract/job-record.ts";
import type { Site } from "../../contract/stack.ts";
import type { CertificateJudgement } from "../../drill/certificates.ts";
import type { DnsAnswer } from "../../drill/ports/names.ts";
import type { BackupSetInfo } from "../../drill/ports/repository.ts";
import type { StewardPhase } from "../../drill/ports/steward.ts";
import type { EpochRecord } from "../../drill/ports/third-place.ts";

/** What was asked for, or why it could not be had. */
export type Seen<T> = { readonly value: T } | { readonly error: string };

export interface SiteStatus {
  readonly site: Site;
  readonly api: { readonly reachable: boolean; readonly detail: string };
  /** Null while the site cannot say. */
  readonly role: string | null;
  readonly epoch: number | null;
  readonly phase: StewardPhase | null;
  /** Why the phase does not end. */
  readonly stuck: string | null;
  readonly database: {
    readonly ready: boolean;
    readonly detail: string;
    readonly lsn: string | null;
    readonly newestHeartbeatMs: number | null;
    /** The archive command's last failure, where no success came after it. */
    readonly archiveFailure: ArchiveFailure | null;
  };
}

export interface ArchiveFailure {
  readonly segment: string;
  readonly atMs: number;
  /** Since the server's statistics were last reset. */
  readonly failures: number;
}

export interface RepositoryStatus {
  readonly repository: "offsite" | "site";
  /** The site whose pod was asked; null when only the offsite bucket's names were read. */
  readonly via: Site | null;
  readonly epoch: number;
  readonly status: string;
  readonly newestSet:
    | (Pick<BackupSetInfo, "label" | "type" | "databaseBytes"> & {
        readonly stoppedAtMs: number;
        readonly ageSeconds: number;
      })
    | null;
  readonly sets: number | null;
  /** Every set that could be restored, oldest first. */
  readonly madeSets: readonly Pick<BackupSetInfo, "label" | "type" | "stoppedAtMs">[];
  /** No earlier moment can be restored from here. */
  readonly oldestRestorableMs: number | null;
  readonly newestSegment: string | null;
  readonly lagBytes: number | null;
  /** Heartbeats of so many seconds were committed after the newest segment was stored. */
  readonly lagSeconds: number | null;
  /** Why the newest sets are older than policy allows; null where they are not, or nobody could tell. */
  readonly tooOld: string | null;
}

export interface CertificateStatus {
  readonly what: string;
  readonly state: CertificateJudgement["state"];
  readonly words: string;
}

/** Milliseconds that each clock is ahead of this host's. */
export interface ClockStatus {
  readonly store: Seen<number>;
  /** The active site's database. */
  readonly database: Seen<number | null>;
}

/** One schedule of the active site, and what its job has left behind. */
export interface ScheduleStatus {
  readonly name: string;
  readonly repository: "offsite" | "site";
  readonly kind: JobKind;
  readonly cron: string;
  readonly nextAtMs: number | null;
  /** The newest success is overdue beyond this age. */
  readonly allowedAgeSeconds: number;
  readonly newest: Seen<JobRecord | null>;
  readonly success: Seen<JobRecord | null>;
}

/** A bucket of the third place as the store says, held against the plan. */
export interface BucketStatus {
  readonly bucket: string;
  readonly versioning: boolean;
  readonly lock: string | null;
  readonly lifecycle: string | null;
  /** What is not as planned, in words. */
  readonly drift: readonly string[];
}

/** Files that rows only name, on their way from the active site to the third place. */
export interface DocumentsStatus {
  /** Everything whole by then is in the third place; null before the first heartbeat. */
  readonly wholeUntilMs: number | null;
  /** An older moment means that a loss now takes more than the RPO allows. */
  readonly allowedAgeSeconds: number;
  /** Between two heartbeats of a site that is well. */
  readonly everySeconds: number;
}

/** What is known of the backups beside the repositories' own words; empty parts where nobody is active. */
export interface OperatorView {
  /** A set's newest write that is older than this should have been archived. */
  readonly archiveBehindSeconds: number | null;
  readonly schedules: readonly ScheduleStatus[];
  readonly buckets: readonly { readonly bucket: string; readonly found: Seen<BucketStatus> }[];
  /** Null where nobody is active. */
  readonly documents: Seen<DocumentsStatus> | null;
}

/** Of the site that does not serve: could it take over? */
export interface StandbyStatus {
  readonly site: Site;
  /** `unknown`: somebody who would have to be asked does not answer, and nothing that was seen is wrong. */
  readonly state: "armed" | "notArmed" | "unknown";
  /** Empty when armed. */
  readonly reasons: readonly { readonly reason: string; readonly todo: string }[];
  /** The epoch that its committed stack file would take over, and the present one; null where nobody read the file. */
  readonly handover: { readonly named: number | null; readonly present: number } | null;
}

export interface LeaseStatus {
  readonly run: string;
  readonly operator: string;
  readonly host: string;
  readonly expiresAtMs: number;
}

export interface DnsStatus {
  readonly name: string;
  readonly server: string;
  readonly address: string;
  readonly answer: Seen<DnsAnswer>;
}

export interface StatusReport {
  readonly schemaVersion: 1;
  readonly takenAt: string;
  /** Null when no term was ever taken. */
  readonly epoch: Seen<EpochRecord | null>;
  readonly lease: Seen<LeaseStatus | null>;
  readonly sites: readonly SiteStatus[];
  /** Null while nobody knows who serves. */
  readonly standby: StandbyStatus | null;
  readonly repositories: readonly RepositoryStatus[];
  readonly certificates: readonly CertificateStatus[];
  readonly clocks: ClockStatus;
  readonly dns: readonly DnsStatus[];
  readonly operator: OperatorView;
  /** In words, most important first; empty when all is well. */
  readonly problems: readonly string[];
}
