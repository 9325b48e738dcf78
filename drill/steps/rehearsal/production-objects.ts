import type { S3Version } from "../../ports/objects.ts";

/** A WAL segment's, history's or backup label's name: its first eight digits are the timeline. */
const walName = /\/archive\/[^/]+\/[^/]+\/(?:[0-9A-F]{16}\/)?([0-9A-F]{8})(?:[0-9A-F]{16}|\.history)/;
const setName = /\/backup\/[^/]+\/\d{8}-\d{6}F/;

/**
 * What came into the repository, or went out of it, since then and cannot be the serving site's own: another
 * epoch's path, a timeline that it is not on, a deletion that no backup of its own explains. Pure.
 */
export function foreignObjects(
  versions: readonly Pick<S3Version, "key" | "lastModifiedMs" | "isDeleteMarker">[],
  own: { readonly sinceMs: number; readonly epoch: number; readonly timeline: number },
): { readonly added: number; readonly foreign: readonly string[] } {
  const since = versions.filter(({ lastModifiedMs }) => lastModifiedMs > own.sinceMs);
  const added = since.filter(({ isDeleteMarker }) => !isDeleteMarker);
  // pgBackRest expires inside a backup, and only there.
  const backedUp = added.some(({ key }) => isOwn(key, own) && setName.test(key));
  const foreign = since.filter(
    ({ key, isDeleteMarker }) => !isOwn(key, own) || (isDeleteMarker && !backedUp),
  );
  return {
    added: added.length,
    foreign: foreign.map(({ key, isDeleteMarker }) => (isDeleteMarker ? `${key} (deleted)` : key)),
  };
}

function isOwn(key: string, own: { readonly epoch: number; readonly timeline: number }): boolean {
  if (!key.startsWith(`epochs/${own.epoch}/`)) return false;
  const timeline = walName.exec(key)?.[1];
  return timeline === undefined || Number.parseInt(timeline, 16) === own.timeline;
}
