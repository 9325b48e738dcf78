import { drillFaults } from "./catalogue-drill.ts";
import { storeFaults } from "./catalogue-store.ts";

/**
 * The faults that `make test-faults` does for real, by their number in the fault
 * catalogue: a number is a fault's name for good. `minutes` is what a shard counts
 * with; `drill/...` are whole drills, which have no number of their own.
 */
export interface FaultEntry {
  readonly title: string;
  readonly injected: string;
  readonly expected: string;
  readonly minutes: number;
}

export const faults = {
  ...storeFaults,
  ...drillFaults,
  1: {
    title: "backup process killed while it copies",
    injected: "SIGKILL of the job's main process at 10, 50 and 90 % of a full backup",
    expected: "no new set in the repository, the next run makes one, no lock is left, the archive goes on",
    minutes: 4,
  },
  2: {
    title: "one worker of a backup killed",
    injected: "SIGKILL of a backup:local process",
    expected: "the job fails, nothing is called complete, the next run makes a set",
    minutes: 2,
  },
  3: {
    title: "primary crashes during a backup",
    injected: "pg_ctl stop --mode=immediate while files are copied",
    expected: "the backup aborts, the set before it restores",
    minutes: 3,
  },
  4: {
    title: "backup killed between its last file and its manifest",
    injected:
      "the archive's gate is shut while files are copied; SIGKILL while the backup waits for its last WAL",
    expected: "the set is not listed, the one before it restores",
    minutes: 3,
  },
  5: {
    title: "backup and expire at once on two hosts",
    injected: "expire to one full set from a second pod at 30 % of a full backup",
    expected: "the set in progress survives, is listed, verified and restores",
    minutes: 3,
  },
  6: {
    title: "two backups of one stanza at once",
    injected: "an incremental job started at 10 % of a full one",
    expected: "error 050 at once, reported as skipped, not failed; the first one is not disturbed",
    minutes: 1,
  },
  7: {
    title: "aborted full on a versioned store, then a differential",
    injected:
      "SIGKILL at 50 % of a bundled full, then diff; and SIGKILL, resume and diff of an unbundled one",
    expected: "both differentials succeed and the last one restores",
    minutes: 4,
  },
  8: {
    title: "asynchronous archive-push killed",
    injected: "SIGKILL of archive-push and its children again and again while 24 segments are written",
    expected: "every segment arrives, no gap; a segment pushed twice is accepted",
    minutes: 2,
  },
  10: {
    title: "pg_wal's volume full",
    injected:
      "pg_wal on a file system of its own with 64 MiB of room, the archive's gate shut, rows written until it is full",
    expected:
      "PostgreSQL stops; with room again it starts, every acknowledged row is there, nothing is corrupt, no gap",
    minutes: 4,
  },
  12: {
    title: "spool not writable",
    injected: "the spool's directory made read-only",
    expected: "an error in PostgreSQL's log and a failed count, not silence; it goes on when mended",
    minutes: 1,
  },
  13: {
    title: "archive_command replaced by /bin/true",
    injected: "the argument changed in the StatefulSet",
    expected:
      "seen as a growing lag within archive_timeout + 60 s though pg_stat_archiver is content; mended by a full backup that starts by itself",
    minutes: 7,
  },
  14: {
    title: "archive_mode off",
    injected: "the argument changed in the StatefulSet",
    expected: "as 13",
    minutes: 7,
  },
  15: {
    title: "major upgrade without stanza-upgrade",
    injected: "a control file and a segment of PostgreSQL 17 pushed to the stanza of 18",
    expected: "the push is refused and names both versions",
    minutes: 1,
  },
  16: {
    title: "a foreign cluster archives here",
    injected: "a fresh cluster with the product's archive command and keys",
    expected: "refused on the system identifier; nothing of it in the archive",
    minutes: 1,
  },
  17: {
    title: "a process runs as root",
    injected: "pgBackRest in the database's container as uid 0; a pod with uid 0 in the namespace",
    expected: "clear refusals, except of a restore; the API server refuses the pod",
    minutes: 1,
  },
  18: {
    title: "bit flip in a bundle of the newest set",
    injected: "one bit of the stored object",
    expected: "verify reports it; the restore takes the set before and says so",
    minutes: 3,
  },
  19: {
    title: "bit flip in a block-incremental super block",
    injected: "one bit of the largest .pgbi object of the newest set",
    expected: "as 18",
    minutes: 3,
  },
  20: {
    title: "truncated object",
    injected: "1 KB cut off the end of an object of the newest set",
    expected: "as 18",
    minutes: 3,
  },
  21: {
    title: "an object of the newest set is missing",
    injected: "it is deleted",
    expected: "the error names it; the set before is used",
    minutes: 3,
  },
  22: {
    title: "WAL inside the newest set's own range is missing",
    injected: "the segment of the set's start is deleted",
    expected: "verify lists it; PostgreSQL never opens an inconsistent copy",
    minutes: 2,
  },
  23: {
    title: "WAL after the last set is missing",
    injected: "one of the segments after it is deleted",
    expected: "recovery ends early, and where it ended is below what was archived: seen, not assumed",
    minutes: 2,
  },
  24: {
    title: "a WAL segment is corrupt",
    injected: "one bit of the stored segment",
    expected: "a checksum error; recovery stops instead of ending as if that were all",
    minutes: 2,
  },
  25: {
    title: "backup.info lost",
    injected: "backup.info deleted; then its copy too",
    expected: "the copy is used; without it a clear refusal that names the way out, and that way works",
    minutes: 4,
  },
  26: {
    title: "a manifest is corrupt",
    injected: "one bit of backup.manifest; then of its copy too",
    expected: "the copy is used; without it the set before is, and that is said",
    minutes: 4,
  },
  27: {
    title: "wrong passphrase",
    injected: "another repo1-cipher-pass in the restore's configs",
    expected: "refused in under 5 s with the cause; nothing is called complete",
    minutes: 1,
  },
  33: {
    title: "a page is corrupt at the source and backed up",
    injected: "bytes of a page in the middle of a table overwritten in the data file",
    expected:
      "the job's line says damaged; pg_amcheck or a read fails; the restore takes the newest clean set and says so",
    minutes: 5,
  },
  52: {
    title: "a restore killed in the middle",
    injected: "SIGKILL of restore.sh and pgBackRest when half of the bytes are there",
    expected:
      "no pg_control and a marker that says restoring: nothing can start from it; the next try goes on with what is there and has every row",
    minutes: 3,
  },
  53: {
    title: "the target volume is too small, or out of inodes",
    injected: "a volume of 128 MiB; then one with room and 500 inodes",
    expected: "refused before the first file is written, with what is needed and what is there",
    minutes: 2,
  },
  56: {
    title: "promoted twice",
    injected:
      "two restored copies promoted onto one timeline, archiving into one path; dr declared active beside the active primary",
    expected:
      "the second one's segment is refused with error 045, named in its log, and the first one's stays; the stack is refused and names the holder",
    minutes: 4,
  },
  58: {
    title: "a copy that would archive into production",
    injected: "a restored copy with archiving left on and the writer's keys",
    expected: "PostgreSQL is not started, the reason is said, nothing of it is in the archive",
    minutes: 2,
  },
  63: {
    title: "the name servers while weights move",
    injected: "another API key; the API's packets dropped; the second server's way to the zone dropped",
    expected:
      "refused in bounded time with nothing changed for the first two; the third is never told as success and names the server that stays behind; the same update goes through when the way is open",
    minutes: 2,
  },
} as const satisfies Record<number, FaultEntry>;

export type FaultNumber = keyof typeof faults;

export const drills = {
  "drill/offsite-deleted": 8,
  "drill/wrong-cipher": 8,
  "drill/dns-refused": 8,
  "drill/wal-removed": 8,
  "drill/site-store-blackholed": 18,
  "drill/n8n-image-broken": 8,
  "drill/phase-3": 6,
  "drill/phase-17": 6,
  "drill/phase-29": 6,
  "drill/phase-41": 6,
  "drill/phase-55": 6,
  "drill/promotion-clone": 7,
  "drill/promotion-bundle": 8,
} as const satisfies Record<string, number>;

export type Unit = `${FaultNumber}` | keyof typeof drills;
