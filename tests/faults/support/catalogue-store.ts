/** The part of the catalogue that is about what is stored, the store itself and the way to it. */
export const storeFaults = {
  9: {
    title: "each repository unreachable in turn",
    injected:
      "packets to it dropped, not refused, under load: first the third place's, then the site's own; 3 min each in place of 10 (HOLDFAST_BLACKHOLE_SECONDS=600 for all of them)",
    expected:
      "offsite: pg_wal grows, status gives the lag as it is, then all is caught up without a gap; the site's own: offsite archiving does not wait, and a full backup closes the gap",
    minutes: 11,
  },
  11: {
    title: "WAL dropped by archive-push-queue-max",
    injected:
      "the setting asked for in every way that a stack file has; every config, environment and command line in the pod read",
    expected: "refused at load; it is nowhere, so pgBackRest never drops WAL",
    minutes: 1,
  },
  31: {
    title: "an attacker goes at versions, lock and lifecycle",
    injected:
      "with the writer's keys: delete a version both ways, bypass, shorten a retention, a one-day default lock, versioning suspended, a one-day lifecycle, the policy removed",
    expected: "AccessDenied each; the version and its retention are what they were",
    minutes: 2,
  },
  32: {
    title: "retention shorter than the time to notice",
    injected: "a lifecycle and a lock of one day, in the stack file and on the store itself",
    expected: "the stack file is refused at load with the path; the store's is named by status",
    minutes: 1,
  },
  54: {
    title: "a recovery target after the end of the WAL",
    injected: "a time of tomorrow and an LSN far ahead, to the command and to the pod",
    expected: "refused before anything is made; PostgreSQL's own error is shown, nothing is served",
    minutes: 3,
  },
  29: {
    title: "an attacker deletes the repository",
    injected: "every object of the epoch deleted with the writer's keys",
    expected: "markers only; a restore as of just before works; the time to find that moment is measured",
    minutes: 4,
  },
  30: {
    title: "an attacker overwrites the repository",
    injected: "garbage put over every object of the epoch with the writer's keys",
    expected: "as 29: the versions are intact",
    minutes: 4,
  },
  34: {
    title: "logical corruption",
    injected: "DROP TABLE between two rows",
    expected: "a restore to just before has the table and exactly the rows until then",
    minutes: 3,
  },
  35: {
    title: "backup older than policy",
    injected:
      "schedules suspended, until the newest set is older than the age allowed (2 minutes in place of the schedules' hours)",
    expected: "status names it; the drill is red though its restore works",
    minutes: 10,
  },
  36: {
    title: "the store answers 503 and 500 now and then",
    injected: "30 % of the primary's requests, drawn by a seed",
    expected: "archive and backup complete by retries; whatever counts as stored is there and whole",
    minutes: 3,
  },
  37: {
    title: "the store answers nothing but 503",
    injected: "all of the primary's requests for 90 s in place of 5 min (HOLDFAST_5XX_SECONDS=300)",
    expected:
      "the backup fails in bounded time with the status named, status shows it, nothing is lost, all is caught up",
    minutes: 5,
  },
  38: {
    title: "the store is slow",
    injected: "200 ms before each answer, 1 MB/s in each direction",
    expected: "archive and backup go on at the store's pace without a time-out loop",
    minutes: 4,
  },
  39: {
    title: "an upload stalls",
    injected:
      "a PUT held for 45 s, beyond pgBackRest's own 30 s; and a client's signature that is 16 min old",
    expected:
      "a stall never reaches the 15 min of a signature: it is given up and signed anew; an old signature is a clean 403",
    minutes: 3,
  },
  40: {
    title: "connection reset while an object is read",
    injected: "a TCP reset 100 kB into each of the first objects of a restore",
    expected: "the restore goes on and every checksum is right",
    minutes: 2,
  },
  41: {
    title: "200 with a wrong or short body",
    injected: "one byte of the newest set's bundle turned over; then its end cut off",
    expected:
      "never taken for good: a wrong byte is damage, and the set before is taken and said; a short body is tried again, then refused with the reason",
    minutes: 5,
  },
  42: {
    title: "a stale and an empty listing",
    injected:
      "listings without what is new, then without anything, during an incremental backup and its expire",
    expected:
      "no live set and no WAL is expired; the backup is an incremental one, or fails because it cannot see its own WAL: never a full by surprise",
    minutes: 3,
  },
  43: {
    title: "the writer's key is revoked",
    injected: "the store's identities without the writer's key",
    expected:
      "archive and backup fail at once and name the identity; with the key back all is caught up; the rotation is timed",
    minutes: 4,
  },
  44: {
    title: "certificate of the store wrong",
    injected: "one of another authority, one that expired, one that expires in 10 days",
    expected: "refused and named for the first two; a warning for the third; nothing is lost",
    minutes: 4,
  },
  45: {
    title: "one clock is 20 minutes off",
    injected: "pgBackRest's clock moved both ways, the operator's ahead",
    expected:
      "the store's 403 is shown as it is; the preflight aborts with CLOCK_SKEW before anything is touched",
    minutes: 2,
  },
  46: {
    title: "the store is killed during uploads",
    injected: "SIGKILL of its process, three times while a backup and archiving write",
    expected: "the clients go on; every object is whole or not there",
    minutes: 3,
  },
  48: {
    title: "the store's disk is full",
    injected:
      "the store is told to keep more space free than the disk has, so that every volume is read-only",
    expected: "its error is seen, not silent; the database keeps its WAL; with room again all is caught up",
    minutes: 4,
  },
} as const;
