/** Named causes. Reports, runbooks and tests refer to the ids: they are for ever. */
export const findingCatalogue = {
  REPOSITORY_DELETED: {
    severity: "error",
    hint: "restore as of a time before the deletion: pgbackrest restore --repo=1 --repo-target-time=<time above>",
  },
  REPOSITORY_EMPTY: { severity: "error", hint: "take a full backup in this epoch before relying on it" },
  BACKUP_SET_DAMAGED: {
    severity: "error",
    hint: "the set before it was restored instead: take a full backup now, verify the repository, and find out what damaged it",
  },
  RECOVERY_TARGET_OUT_OF_REACH: {
    severity: "error",
    hint: "choose a target between the first backup set's end and the archive's: pgbackrest info, or an earlier set to begin from",
  },
  REPOSITORY_CIPHER: {
    severity: "error",
    hint: "compare the repository cipher of both sites; the one that wrote the repository is right",
  },
  BACKUP_TOO_OLD: {
    severity: "error",
    hint: "find out why no backup ran: kubectl get cronjobs, and the newest job's log; then take one now",
  },
  CERTIFICATE_EXPIRES: {
    severity: "warning",
    hint: "renew it now: on the day it ends every client that checks refuses to connect",
  },
  WAL_MISSING: {
    severity: "error",
    hint: "recovery ends before the gap: look for the segment in the site's own store and in noncurrent versions",
  },
  RECOVERY_ENDED_EARLY: {
    severity: "error",
    hint: "compare the newest archived segment with the recovered LSN",
  },
  DNS_UPDATE_REFUSED: {
    severity: "error",
    hint: "check the name servers' API and key, then run the same up again: it moves only the weights",
  },
  DNS_NOT_SWITCHED: {
    severity: "error",
    hint: "ask each authoritative server: dig @ADDRESS NAME A; a secondary may not serve the change",
  },
  UP_FAILED: { severity: "error", hint: "read evidence/up-dr.jsonl; the same up can be run again" },
  SITE_NOT_FENCED: { severity: "error", hint: "prove the old site dead or cut it off before promoting" },
  SYSTEM_IDENTIFIER_DIFFERS: {
    severity: "error",
    hint: "this is another database: check the stanza path and the epoch object",
  },
  SERVICE_NOT_READY: { severity: "error", hint: "read the pod's logs: kubectl logs deployment/NAME" },
  NOT_NEUTRALISED: {
    severity: "error",
    hint: "stop the service before it mails or polls, then neutralise the database",
  },
  SENT_OUTSIDE: {
    severity: "error",
    hint: "the copy reaches people: put it into quarantine or stop its Odoo, then see what neutralise left active",
  },
  NOT_PROTECTED: { severity: "error", hint: "start a full backup in the new epoch now" },
  ROWS_UNKNOWN_TO_LEDGER: {
    severity: "warning",
    hint: "rows are present that this run's prober never sent: who else writes to its table?",
  },
  WAITED_TOO_LONG: { severity: "error", hint: "the step's reason says what was last seen" },
  STEP_FAILED: { severity: "error", hint: "read the step's reason and evidence" },
  BUSY_MACHINE: { severity: "note", hint: "other work took processor time: run again on a quiet machine" },
  RAMP_RETURNED: {
    severity: "error",
    hint: "all users are back at the site that they came from: read the ledger's user lines of that share before trying again",
  },
  TTL_LONG: {
    severity: "warning",
    hint: "lower holdfast:traffic.ttl: users keep the lost site's address for that long",
  },
  REHEARSAL: {
    severity: "note",
    hint: "the loss was a moment and nothing was taken away: detection, the decision and the business's own names are not part of these times",
  },
  PRODUCTION_CHANGED: {
    severity: "error",
    hint: "find out what wrote there before the next rehearsal; the evidence names each object, row or name",
  },
  LEFTOVERS: {
    severity: "error",
    hint: "pulumi destroy --stack rehearsal, then kubectl delete what is named; the next rehearsal tries it too",
  },
  PLANTED: { severity: "note", hint: "this damage was asked for with --plant" },
  ROLLBACK_FAILED: {
    severity: "error",
    hint: "undo by hand what the step did; its reason says what is left",
  },
  RUN_TAMPERED: { severity: "error", hint: "the evidence was changed after the run" },
  RUN_COPY_INCOMPLETE: {
    severity: "warning",
    hint: "the run's directory here is all there is of it: keep it, and see why the records bucket did not take the rest",
  },
  RUN_RESUMED: {
    severity: "note",
    hint: "its RTO holds the time in which nobody drove; the journal says from when to when",
  },
  RUN_INCOMPLETE: { severity: "error", hint: "the run's process ended before it could close its journal" },
  USERS_FAILED_AFTER_RECOVERY: {
    severity: "warning",
    hint: "users saw errors after the first success: read the ledger's user lines",
  },
  OFFSITE_NOT_LOCKED: {
    severity: "error",
    hint: "the writer's keys can take versions away: `pulumi up` of the offsite stack mends policy and lock; then see who holds those keys",
  },
  CORRUPTION: {
    severity: "error",
    hint: "acknowledged rows are missing below rows that are present: do not use this database",
  },
} as const satisfies Record<string, { severity: "error" | "warning" | "note"; hint: string }>;

export type FindingId = keyof typeof findingCatalogue;

export interface Finding {
  readonly id: FindingId;
  readonly what: string;
  /** The catalogue's when left out. */
  readonly hint?: string;
}

export class FindingError extends Error {
  readonly finding: Finding;
  constructor(finding: Finding, options: { readonly cause?: unknown } = {}) {
    super(finding.what, options);
    this.name = "FindingError";
    this.finding = finding;
  }
}
