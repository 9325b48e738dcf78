import { z } from "zod";
import type { S3Object } from "../ports/objects.ts";
import type { BackupSetInfo, RepositoryInfo, StoredSet } from "../ports/repository.ts";

/** `pgbackrest info --output=json`, as far as it is read. One config has one repository, so `repo` has one entry. */
const infoSchema = z.array(
  z.object({
    name: z.string(),
    db: z.array(z.object({ "system-id": z.number().or(z.string()) })).default([]),
    repo: z
      .array(z.object({ status: z.object({ code: z.number().int(), message: z.string() }) }))
      .default([]),
    archive: z
      .array(z.object({ id: z.string(), min: z.string().nullable(), max: z.string().nullable() }))
      .default([]),
    backup: z
      .array(
        z.object({
          label: z.string(),
          type: z.enum(["full", "diff", "incr"]),
          error: z.boolean().nullable().default(false),
          timestamp: z.object({ start: z.number(), stop: z.number() }),
          lsn: z.object({ start: z.string().nullable(), stop: z.string().nullable() }).optional(),
          archive: z.object({ start: z.string().nullable(), stop: z.string().nullable() }),
          info: z.object({
            size: z.number(),
            repository: z.object({ size: z.number().optional(), delta: z.number() }),
          }),
          reference: z.array(z.string()).nullable().optional(),
        }),
      )
      .default([]),
  }),
);

/** A system identifier is a 64-bit number that JSON.parse would round: it is made a text first. */
function keepSystemIds(text: string): string {
  return text.replaceAll(/("system-id"\s*:\s*)(\d+)/g, '$1"$2"');
}

export function parseRepositoryInfo(text: string, stanza: string): RepositoryInfo {
  const found = infoSchema.parse(JSON.parse(keepSystemIds(text))).find((one) => one.name === stanza);
  // An empty list: the path holds no stanza at all.
  if (found === undefined) return emptyInfo;
  const archive = found.archive.at(-1);
  const systemIdentifier = found.db.at(-1)?.["system-id"];
  return {
    status: found.repo[0]?.status ?? emptyInfo.status,
    systemIdentifier: systemIdentifier === undefined ? null : String(systemIdentifier),
    sets: found.backup.map(
      (set): BackupSetInfo => ({
        label: set.label,
        type: set.type,
        startedAtMs: set.timestamp.start * 1000,
        stoppedAtMs: set.timestamp.stop * 1000,
        lsnStart: set.lsn?.start ?? "",
        lsnStop: set.lsn?.stop ?? "",
        walStart: set.archive.start ?? "",
        walStop: set.archive.stop ?? "",
        repositoryBytes: set.info.repository.delta,
        databaseBytes: set.info.size,
        error: set.error === true,
        references: set.reference ?? [],
      }),
    ),
    archive: { min: archive?.min ?? null, max: archive?.max ?? null },
  };
}

const emptyInfo: RepositoryInfo = {
  status: { code: 1, message: "missing stanza path" },
  systemIdentifier: null,
  sets: [],
  archive: { min: null, max: null },
};

const segmentName = /\/([0-9A-F]{24})-[0-9a-f]{40}(?:\.\w+)?$/;

/** The newest whole WAL segment among keys of an archive path: not .partial, .backup or .history. */
export function newestSegmentOf<T extends { readonly key: string }>(
  objects: readonly T[],
): { readonly segment: string; readonly object: T } | null {
  let newest: { readonly segment: string; readonly object: T } | null = null;
  for (const object of objects) {
    const segment = segmentName.exec(object.key)?.[1];
    if (segment !== undefined && (newest === null || segment > newest.segment)) newest = { segment, object };
  }
  return newest;
}

const manifestName = /\/(\d{8}-\d{6}F(?:_\d{8}-\d{6}([DI]))?)\/backup\.manifest$/;

/** The sets whose manifest is there, oldest first: pgBackRest writes it last, so a set without one is not whole. */
export function storedSetsOf(objects: readonly S3Object[]): readonly StoredSet[] {
  return objects
    .flatMap(({ key, lastModifiedMs }): StoredSet[] => {
      const [, label, kind] = manifestName.exec(key) ?? [];
      if (label === undefined) return [];
      const type = kind === undefined ? "full" : kind === "D" ? "diff" : "incr";
      return [{ label, type, storedAtMs: lastModifiedMs }];
    })
    .sort((a, b) => a.storedAtMs - b.storedAtMs);
}
