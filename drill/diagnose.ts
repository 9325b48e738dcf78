import type { Finding } from "./findings.ts";
import type { S3Version } from "./ports/objects.ts";

/** Turns symptoms into named causes; pure. */

/** pgBackRest's and PostgreSQL's own words, as the database pod repeats them. */
const words: readonly { readonly pattern: RegExp; readonly id: Finding["id"] }[] = [
  { pattern: /delete markers since/i, id: "REPOSITORY_DELETED" },
  {
    pattern:
      /recovery ended before configured recovery target|past the archive's end|lies in the future|before the end of the first backup set/i,
    id: "RECOVERY_TARGET_OUT_OF_REACH",
  },
  { pattern: /pgbackrest restore failed for every set tried/i, id: "BACKUP_SET_DAMAGED" },
  {
    pattern:
      /cipher|CryptoError|FormatError|unable to flush|bad decrypt|invalid checksum, actual.*backup\.info/i,
    id: "REPOSITORY_CIPHER",
  },
  {
    pattern: /holds no backup set|no backup set found|missing stanza path|FileMissingError.*backup\.info/i,
    id: "REPOSITORY_EMPTY",
  },
  {
    pattern: /could not (find|open).*(WAL|segment)|requested WAL segment .* has already/i,
    id: "WAL_MISSING",
  },
];

export function diagnoseText(text: string): Finding {
  const found = words.find(({ pattern }) => pattern.test(text));
  return { id: found?.id ?? "STEP_FAILED", what: text.trim() };
}

/**
 * Were the repository's info files deleted? Deletes only make markers, so the time
 * just before the first of them is one at which a restore works. Null when the newest
 * versions are there.
 */
export function findDeletion(versions: readonly S3Version[]): Finding | null {
  const markers = versions.filter((version) => version.isLatest && version.isDeleteMarker);
  const info = markers.filter(({ key }) => /\/(backup|archive)\.info(\.copy)?$/.test(key));
  if (info.length === 0) return null;
  const first = markers.reduce(
    (earliest, { lastModifiedMs }) => Math.min(earliest, lastModifiedMs),
    Infinity,
  );
  const target = `${new Date(first - 1000).toISOString().slice(0, 19).replace("T", " ")}+00`;
  return {
    id: "REPOSITORY_DELETED",
    what:
      `${markers.length} delete markers since ${new Date(first).toISOString()}, ` +
      `among them ${info.map(({ key }) => key).join(", ")}; --repo-target-time="${target}" is before them`,
    hint: `older versions are still there: pgbackrest restore --repo=1 --repo-target-time="${target}"`,
  };
}
