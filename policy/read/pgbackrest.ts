import type { Resource } from "../rule.ts";
import { textsOf } from "./pods.ts";
import { each } from "./value.ts";

/** A repository as one of pgBackRest's config files names it. */
export interface Repository {
  readonly at: Resource;
  readonly file: string;
  /** The store's host, with its port where one is given, or the path of one on a disk. */
  readonly store: string;
  readonly host: string;
  readonly bucket: string;
  /** Whether this config writes there: it says what expires. */
  readonly isWritten: boolean;
  readonly fullCount: number | undefined;
  readonly fullDays: number | undefined;
}

/** Every repository of every pgBackRest config in the stack's Secrets and ConfigMaps. */
export function* repositoriesOf(resources: readonly Resource[]): Generator<Repository> {
  yield* each(resources, function* (resource) {
    for (const { key, text } of textsOf(resource)) yield* parse(resource, key, text);
  });
}

function parse(at: Resource, file: string, text: string): Repository[] {
  const options = new Map(
    [...text.matchAll(/^\s*([a-z0-9-]+)\s*=\s*(.*?)\s*$/gm)].map(([, key = "", value = ""]) => [key, value]),
  );
  const numbers = new Set([...options.keys()].flatMap((key) => /^repo(\d+)-/.exec(key)?.[1] ?? []));
  // A stanza's path tells pgBackRest's configs from files that only use its names.
  if (!options.has("pg1-path")) return [];
  return [...numbers].map((number): Repository => {
    const of = (name: string): string | undefined => options.get(`repo${number}-${name}`);
    const host = (of("storage-host") ?? of("s3-endpoint") ?? of("host") ?? "").replace(/:\d+$/, "");
    const bucket = of("s3-bucket") ?? of("gcs-bucket") ?? of("azure-container") ?? "";
    const full = Number(of("retention-full"));
    const byTime = of("retention-full-type") === "time";
    const given = Number.isInteger(full) ? full : undefined;
    return {
      at,
      file,
      store: `${host}/${bucket}`,
      host,
      bucket,
      isWritten: of("retention-full") !== undefined,
      fullCount: byTime ? undefined : given,
      fullDays: byTime ? given : undefined,
    };
  });
}
