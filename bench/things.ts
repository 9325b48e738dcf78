/** What is measured, as data. A thing's id names its functions in scripts/ (`run_ID`, `prepare_ID`, `facts_ID`). */

export const groups = ["backup", "restore", "incremental", "archive", "replay"] as const;
export type Group = (typeof groups)[number];

export const containers = ["postgres", "pgbackrest", "job", "restore", "alternatives"] as const;
/** Of the bench's pod: the product's four with the product's limits, and one for what it is compared with. */
export type Container = (typeof containers)[number];

export interface Thing {
  readonly group: Group;
  readonly title: string;
  readonly container: Container;
  /** `quick` ones are repeated more often: they decide the narrow ratios. */
  readonly pace: "quick" | "slow";
  /** What is run, for the reader. */
  readonly how: string;
  /** Caches are dropped before it: reading is part of what it costs. */
  readonly cold: boolean;
}

export const things = {
  full: {
    group: "backup",
    title: "holdfast: full backup",
    container: "job",
    pace: "slow",
    how: "the backup job: pgBackRest over TLS, zstd and encrypted, to the offsite store",
    cold: true,
  },
  basebackup: {
    group: "backup",
    title: "pg_basebackup, zstd",
    container: "restore",
    pace: "slow",
    how: "tar, zstd in the server as it comes (level 3), to the same disk, not encrypted",
    cold: true,
  },
  basebackup_fast: {
    group: "backup",
    title: "pg_basebackup, zstd level 1",
    container: "restore",
    pace: "slow",
    how: "the same at holdfast's level",
    cold: true,
  },
  dump: {
    group: "backup",
    title: "pg_dump -Fd -j2",
    container: "restore",
    pace: "slow",
    how: "zstd level 1, to the same disk, not encrypted",
    cold: true,
  },
  barman_backup: {
    group: "backup",
    title: "barman-cloud-backup",
    container: "alternatives",
    pace: "slow",
    how: "zstd, 2 jobs, to the offsite store, not encrypted by itself",
    cold: true,
  },
  restore: {
    group: "restore",
    title: "holdfast: restore",
    container: "restore",
    pace: "quick",
    how: "pgBackRest from the offsite store, as the restore step does it",
    cold: true,
  },
  copy: {
    group: "restore",
    title: "plain copy",
    container: "restore",
    pace: "quick",
    how: "tar | tar of the same files on the same disk",
    cold: true,
  },
  unpack: {
    group: "restore",
    title: "unpack pg_basebackup",
    container: "alternatives",
    pace: "slow",
    how: "zstd -dc | tar, from the same disk",
    cold: true,
  },
  pg_restore: {
    group: "restore",
    title: "pg_restore -j2",
    container: "restore",
    pace: "slow",
    how: "into an empty cluster with the same settings, checkpoint at the end",
    cold: true,
  },
  barman_restore: {
    group: "restore",
    title: "barman-cloud-restore, zstd",
    container: "alternatives",
    pace: "slow",
    how: "from the offsite store",
    cold: true,
  },
  barman_plain_restore: {
    group: "restore",
    title: "barman-cloud-restore, as it comes",
    container: "alternatives",
    pace: "slow",
    how: "the same of a backup without compression, barman-cloud's default",
    cold: true,
  },
  barman_gzip_restore: {
    group: "restore",
    title: "barman-cloud-restore, gzip",
    container: "alternatives",
    pace: "slow",
    how: "the same of a backup with gzip",
    cold: true,
  },
  incremental: {
    group: "incremental",
    title: "holdfast: incremental, 1 % of the rows in a row",
    container: "job",
    pace: "slow",
    how: "block-incremental after an update of one hundredth of each table, neighbouring keys",
    cold: true,
  },
  incremental_scattered: {
    group: "incremental",
    title: "holdfast: incremental, 1 % of the rows everywhere",
    container: "job",
    pace: "slow",
    how: "the same after every hundredth row was updated, which changes most pages",
    cold: true,
  },
  drain: {
    group: "archive",
    title: "holdfast: a backlog of WAL drained",
    container: "postgres",
    pace: "slow",
    how: "PostgreSQL's archiver with the product's archive command, two repositories",
    cold: false,
  },
  barman_archive: {
    group: "archive",
    title: "barman-cloud-wal-archive",
    container: "alternatives",
    pace: "slow",
    how: "one call a segment, as an archiver does it, one repository",
    cold: false,
  },
  copy_archive: {
    group: "archive",
    title: "plain copy of WAL",
    container: "postgres",
    pace: "slow",
    how: "cp and sync, one segment at a time, to the same disk",
    cold: false,
  },
  replay: {
    group: "replay",
    title: "holdfast: replay",
    container: "restore",
    pace: "slow",
    how: "restored files to a writable server, WAL from the offsite store",
    cold: true,
  },
  copy_replay: {
    group: "replay",
    title: "replay from a local folder",
    container: "restore",
    pace: "slow",
    how: "the same with cp as restore_command",
    cold: true,
  },
  barman_replay: {
    group: "replay",
    title: "replay with barman-cloud-wal-restore",
    container: "alternatives",
    pace: "slow",
    how: "the same with one call a segment",
    cold: true,
  },
} as const satisfies Record<string, Thing>;

export type ThingId = keyof typeof things;
export const thingIds = Object.keys(things) as readonly ThingId[];

/** Whom the others of a group are compared with. */
export const baseOf = {
  backup: "full",
  restore: "restore",
  incremental: "full",
  archive: "drain",
  replay: "replay",
} as const satisfies Record<Group, ThingId>;

export function ofGroup(group: Group): readonly ThingId[] {
  return thingIds.filter((id) => things[id].group === group);
}
