/**
 * What happens to an object-locked repository hour by hour: backups, pgBackRest's
 * expire, the bucket's lock and lifecycle, an attacker. Written from how those
 * four behave, and shares nothing with config/ and plan/, so that it can judge them.
 *
 * Left out: differential and incremental backups (they live and die with their
 * full), and the difference between a day and the hours of a lifecycle's daily
 * round, which only ever keeps versions for longer.
 */
export interface RepositorySettings {
  /** Weekdays (0 is Sunday) and hour on which a full backup starts. */
  readonly weekdays: readonly number[];
  readonly hour: number;
  /** Hours that a full backup takes. */
  readonly backupHours: number;
  readonly fullCount: number;
  /** Null for a bucket without lock and lifecycle. */
  readonly bucket: { readonly lockDays: number; readonly noncurrentDays: number } | null;
}

export interface History {
  /** Hour at which somebody looks and needs a restore. */
  readonly discoveredAt: number;
  readonly attack: Attack | null;
  /** Whether the store's lifecycle leaves locked versions alone. Amazon's does; a worker beside the store need not. */
  readonly lifecycleAsksLock: boolean;
}

export interface Attack {
  readonly startsAt: number;
  /**
   * `deleter` holds the writer's keys: it can delete, which makes markers.
   * `purger` may also delete versions by their id, except where the lock forbids it.
   */
  readonly kind: "deleter" | "purger";
}

type Kind = "backup" | "wal" | "info" | "archiveInfo";

interface Version {
  readonly kind: Kind;
  /** First hour of what it holds: a backup's start, a segment's beginning. */
  readonly from: number;
  readonly writtenAt: number;
  /** A backup is of use once it has ended. */
  readonly completeAt: number;
  noncurrentAt: number | null;
}

export interface Outcome {
  /** Whether each moment can be restored to, by hour. */
  readonly restorable: (moment: number) => boolean;
  /** Versions that the lifecycle took while their lock still ran. */
  readonly takenWhileLocked: number;
  /** Objects that pgBackRest expired while their lock still ran. */
  readonly expiredWhileLocked: number;
}

const hoursInDay = 24;

/** WAL is followed in pieces of so many hours; a piece is lost as a whole. */
const walPieceHours = 12;

export function simulate(settings: RepositorySettings, history: History): Outcome {
  // archive.info is written once, when the stanza is made, and holds the key of all WAL.
  let versions: Version[] = [
    { kind: "archiveInfo", from: 0, writtenAt: 0, completeAt: 0, noncurrentAt: null },
  ];
  let running: number | null = null;
  let takenWhileLocked = 0;
  let expiredWhileLocked = 0;
  const attackedAt = history.attack?.startsAt ?? Number.POSITIVE_INFINITY;

  for (let hour = 0; hour <= history.discoveredAt; hour += 1) {
    const isUnderAttack = hour >= attackedAt;
    if (!isUnderAttack) {
      if (hour > 0 && hour % walPieceHours === 0) {
        versions.push(piece("wal", hour - walPieceHours, hour));
      }
      if (running !== null && hour === running + settings.backupHours) {
        finishBackup(running, hour);
        running = null;
      }
      if (running === null && startsFull(settings, hour)) running = hour;
    } else {
      attack(hour);
    }
    lifecycle(hour);
  }

  return { restorable, takenWhileLocked, expiredWhileLocked };

  function finishBackup(startedAt: number, hour: number): void {
    versions.push({
      kind: "backup",
      from: startedAt,
      writtenAt: startedAt,
      completeAt: hour,
      noncurrentAt: null,
    });
    // Every backup writes backup.info anew; the version before it stays beneath.
    for (const version of current("info")) version.noncurrentAt = hour;
    versions.push(piece("info", hour, hour));
    expire(hour);
  }

  /** By count of fulls; WAL goes with the oldest full that needs it. */
  function expire(hour: number): void {
    const backups = current("backup");
    const expired = backups.slice(0, Math.max(0, backups.length - settings.fullCount));
    const oldestKept = backups[expired.length]?.from ?? 0;
    const wal = current("wal").filter((version) => version.from + walPieceHours <= oldestKept);
    for (const version of [...expired, ...wal]) {
      version.noncurrentAt = hour;
      // WAL from before the oldest full was locked no later than that full.
      if (version.kind === "backup" && isLocked(version, hour)) expiredWhileLocked += 1;
    }
  }

  function attack(hour: number): void {
    for (const version of versions) version.noncurrentAt ??= hour;
    if (history.attack?.kind !== "purger") return;
    // No lock protects archive.info after its first days: a writer who may purge has to be refused by its rights.
    versions = versions.filter((version) => version.kind === "archiveInfo" || isLocked(version, hour));
  }

  function lifecycle(hour: number): void {
    if (settings.bucket === null) {
      // Without versions a deleted object is gone.
      versions = versions.filter((version) => version.noncurrentAt === null);
      return;
    }
    const keptHours = settings.bucket.noncurrentDays * hoursInDay;
    versions = versions.filter((version) => {
      if (version.noncurrentAt === null || hour - version.noncurrentAt < keptHours) return true;
      const locked = isLocked(version, hour);
      if (locked && history.lifecycleAsksLock) return true;
      if (locked) takenWhileLocked += 1;
      return false;
    });
  }

  function isLocked(version: Version, hour: number): boolean {
    return settings.bucket !== null && hour < version.writtenAt + settings.bucket.lockDays * hoursInDay;
  }

  function current(kind: Kind): Version[] {
    return versions.filter((version) => version.kind === kind && version.noncurrentAt === null);
  }

  /** After an attack the repository is read as it was just before; else as it is. */
  function restorable(moment: number): boolean {
    const readable = versions.filter(
      (version) => version.noncurrentAt === null || version.noncurrentAt >= attackedAt,
    );
    const has = (kind: Kind) => readable.some((version) => version.kind === kind);
    if (!has("archiveInfo") || !has("info")) return false;
    const pieces = new Set(
      readable.filter((version) => version.kind === "wal").map((version) => version.from),
    );
    return readable.some(
      (version) =>
        version.kind === "backup" && version.completeAt <= moment && hasWal(pieces, version.from, moment),
    );
  }
}

/** WAL up to the last whole piece: what is younger is a matter of archive_timeout, not of retention. */
function hasWal(pieces: ReadonlySet<number>, from: number, moment: number): boolean {
  const first = Math.floor(from / walPieceHours) * walPieceHours;
  for (let start = first; start + walPieceHours <= moment; start += walPieceHours) {
    if (!pieces.has(start)) return false;
  }
  return true;
}

function piece(kind: Kind, from: number, hour: number): Version {
  return { kind, from, writtenAt: hour, completeAt: hour, noncurrentAt: null };
}

function startsFull(settings: RepositorySettings, hour: number): boolean {
  const weekday = Math.floor(hour / hoursInDay) % 7;
  return hour % hoursInDay === settings.hour && settings.weekdays.includes(weekday);
}
