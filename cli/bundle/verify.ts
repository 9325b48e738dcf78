import { UserError } from "../../errors/user-error.ts";
import { type Sum, sumOfPacked, sumOfText } from "./archive.ts";
import { type BundleManifest, bundleKeys, parseManifest } from "./manifest.ts";
import type { BundleStore } from "./store.ts";

export interface VerifiedBundle {
  readonly manifest: BundleManifest;
  readonly manifestSha256: string;
}

/** Reads the newest bundle back, every byte of it. Rejects with `BUNDLE_MISSING` or `BUNDLE_DAMAGED`. */
export async function verifyBundle(
  store: BundleStore,
  note: (line: string) => void,
): Promise<VerifiedBundle> {
  const latest = await store.read(bundleKeys.latest);
  if (latest === null)
    throw new UserError("BUNDLE_MISSING", { what: "there is no bundle in the third place" });
  const text = Buffer.from(latest).toString("utf8");
  const manifest = parseManifest(text);
  const problems: string[] = [];
  const judge = (name: string, wanted: Sum, found: Sum | null): void => {
    const isRight = found?.sha256 === wanted.sha256 && found.bytes === wanted.bytes;
    if (!isRight)
      problems.push(`${name} ${found === null ? "is not there, or does not unpack" : "is not what it was"}`);
    note(`${isRight ? "ok     " : "DAMAGED"} ${name}`);
  };
  for (const part of manifest.parts) {
    const body = await store.read(bundleKeys.part(part.sha256));
    judge(part.name, part, body === null ? null : await sumOfPacked(body));
  }
  for (const file of manifest.files) {
    for (const key of [bundleKeys.file(file), bundleKeys.open(file.name)]) {
      const body = await store.read(key);
      judge(key, file, body === null ? null : sumOfText(body));
    }
  }
  if (problems.length > 0)
    throw new UserError("BUNDLE_DAMAGED", {
      what: "the bundle in the third place does not read back",
      got: problems.join("; "),
    });
  return { manifest, manifestSha256: sumOfText(text).sha256 };
}
