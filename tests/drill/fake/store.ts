import type { Clock } from "../../../drill/ports/host.ts";
import type { S3Port } from "../../../drill/ports/objects.ts";

/** An object store in memory with conditional writes; deletes leave markers. */
export function createFakeStore(
  clock: Clock,
  faults: { readonly lockOff?: boolean } = {},
): S3Port & { readonly put: (key: string, text: string) => void } {
  const objects = new Map<string, { text: string; etag: string; at: number }>();
  const markers: { key: string; at: number }[] = [];
  let etags = 0;
  const set = (key: string, text: string): string => {
    etags += 1;
    const etag = `"${etags}"`;
    objects.set(key, { text, etag, at: clock.now() });
    return etag;
  };
  return {
    put: (key, text) => void set(key, text),
    getText: async (_bucket, key) => {
      const found = objects.get(key);
      return found === undefined ? null : { text: found.text, etag: found.etag };
    },
    putText: async (_bucket, key, text, condition) => {
      const found = objects.get(key);
      const allowed =
        "ifNoneMatch" in condition
          ? found === undefined
          : found !== undefined && found.etag === condition.ifMatch;
      return allowed ? { written: true, etag: set(key, text) } : { written: false };
    },
    delete: async (_bucket, key, condition) => {
      const found = objects.get(key);
      if (found === undefined) return;
      if (condition !== null && "ifMatch" in condition && condition.ifMatch !== found.etag) return;
      objects.delete(key);
      markers.push({ key, at: clock.now() });
    },
    list: async (bucket, prefix) =>
      [...objects]
        .filter(([key]) => key.startsWith(prefix))
        // One map for all buckets; only the control bucket is ever listed whole.
        .filter(([key]) => bucket !== "holdfast-control" || !/^(epochs|odoo)\//.test(key))
        .map(([key, { text, at }]) => ({ key, size: text.length, lastModifiedMs: at })),
    listVersions: async (_bucket, prefix) => [
      ...[...objects]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, { text, at, etag }]) => ({
          key,
          size: text.length,
          lastModifiedMs: at,
          versionId: etag,
          isLatest: true,
          isDeleteMarker: false,
        })),
      ...markers
        .filter(({ key }) => key.startsWith(prefix))
        .map(({ key, at }) => ({
          key,
          size: 0,
          lastModifiedMs: at,
          versionId: `${key}@${at}`,
          isLatest: true,
          isDeleteMarker: true,
        })),
    ],
    tryToShorten: async (_bucket, key) => {
      if (faults.lockOff !== true) set(key, "lock");
      const refused = faults.lockOff !== true;
      return [{ what: "DELETE with versionId", refused, answer: refused ? "AccessDenied" : "done" }];
    },
    clock: async () => ({ atMs: clock.now(), roundTripMs: 2 }),
  };
}
