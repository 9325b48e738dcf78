import { z } from "zod";
import { UserError } from "../../errors/user-error.ts";

/**
 * What a bundle is made of, as lines of words: the shell that unpacks it reads the same text as we do, so there is
 * no second list that could say something else. The sums are of the contents, not of how they are packed.
 */
export interface BundleManifest {
  /** The last applied commit, of which the program is. */
  readonly commit: string;
  readonly madeAt: string;
  /** As `uname -s` and `uname -m` say it: nothing in it runs elsewhere. */
  readonly platform: string;
  /** Where the state lies; null where its address holds more than a place. */
  readonly backend: string | null;
  readonly parts: readonly BundlePart[];
  /** Files that lie open beside the parts. */
  readonly files: readonly BundleFile[];
}

/** A tar, stored by the sum of its contents: a part that did not change is there already. */
export interface BundlePart {
  readonly name: string;
  readonly sha256: string;
  /** Unpacked. */
  readonly bytes: number;
  /** Below the folder that the bundle is unpacked into; "." is that folder. */
  readonly folder: string;
}

export interface BundleFile {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

const format = "holdfast-bundle 1";
export const bundleKeys = {
  latest: "bundle/latest",
  manifest: (madeAt: string): string => `bundle/manifests/${madeAt.replaceAll(/[-:]|\.\d+/g, "")}`,
  partPrefix: "bundle/parts/",
  part: (sha256: string): string => `bundle/parts/${sha256}.tar.gz`,
  file: ({ sha256, name }: BundleFile): string => `bundle/files/${sha256}/${name}`,
  /** The newest of a file once more, for a person who has nothing but an S3 client. */
  open: (name: string): string => `bundle/${name}`,
} as const;

export function renderManifest(manifest: BundleManifest): string {
  const { commit, madeAt, platform, backend, parts, files } = manifest;
  return [
    format,
    `commit ${commit}`,
    `made ${madeAt}`,
    `platform ${platform}`,
    ...(backend === null ? [] : [`backend ${backend}`]),
    ...parts.map(({ name, sha256, bytes, folder }) => `part ${sha256} ${bytes} ${folder} ${name}`),
    ...files.map(({ name, sha256, bytes }) => `file ${sha256} ${bytes} ${name}`),
    "",
  ].join("\n");
}

const sum = z.string().regex(/^[0-9a-f]{64}$/);
const size = z.string().regex(/^\d+$/).transform(Number);
/** No way out of the folder: the shell puts these words into paths. */
const word = z.string().regex(/^(?!.*\.\.)[\w.@+-]+(\/[\w.@+-]+)*$/);
const line = z.union([
  z.tuple([z.literal("commit"), z.string().regex(/^[0-9a-f]{40,64}$/)]),
  z.tuple([z.literal("made"), z.iso.datetime()]),
  z.tuple([z.literal("platform"), z.string().regex(/^[\w-]+$/)]),
  z.tuple([z.literal("backend"), z.string().regex(/^\S+$/)]),
  z.tuple([z.literal("part"), sum, size, word.or(z.literal(".")), word]),
  z.tuple([z.literal("file"), sum, size, word]),
]);

/** Rejects with `BUNDLE_DAMAGED` what `renderManifest` did not write. */
export function parseManifest(text: string): BundleManifest {
  const [first, ...rest] = text.split("\n");
  if (first !== format || rest.at(-1) !== "") throw damaged(first ?? "", `"${format}" and whole lines`);
  const found: Record<"commit" | "made" | "platform" | "backend", string | undefined> = {
    commit: undefined,
    made: undefined,
    platform: undefined,
    backend: undefined,
  };
  const parts: BundlePart[] = [];
  const files: BundleFile[] = [];
  for (const text of rest.slice(0, -1)) {
    const parsed = line.safeParse(text.split(" "));
    if (!parsed.success) throw damaged(text, "the lines that holdfast bundle writes");
    const words = parsed.data;
    if (words[0] === "part")
      parts.push({ sha256: words[1], bytes: words[2], folder: words[3], name: words[4] });
    else if (words[0] === "file") files.push({ sha256: words[1], bytes: words[2], name: words[3] });
    else found[words[0]] = words[1];
  }
  const { commit, made, platform, backend } = found;
  if (commit === undefined || made === undefined || platform === undefined || parts.length === 0)
    throw damaged("a part of it", "commit, made, platform and parts");
  return { commit, madeAt: made, platform, backend: backend ?? null, parts, files };
}

function damaged(got: string, allowed: string): UserError {
  return new UserError("BUNDLE_DAMAGED", { what: "the bundle's manifest cannot be read", got, allowed });
}

/** Whether two bundles hold the same, whenever they were made. */
export function isSameBundle(one: BundleManifest, other: BundleManifest): boolean {
  return renderManifest({ ...one, madeAt: "" }) === renderManifest({ ...other, madeAt: "" });
}

/** Parts that are not stored yet, each once. */
export function missingParts(
  parts: readonly BundlePart[],
  stored: ReadonlySet<string>,
): readonly BundlePart[] {
  const wanted = new Map(parts.map((part) => [bundleKeys.part(part.sha256), part]));
  return [...wanted].filter(([key]) => !stored.has(key)).map(([, part]) => part);
}

/** Pulumi's backend as the bundle may name it: an address alone, no user and no password in it. */
export function backendOf(url: string | undefined): string | null {
  return url !== undefined && /^(s3|gs|azblob|file):\/\/[^\s@']+$/.test(url) ? url : null;
}
