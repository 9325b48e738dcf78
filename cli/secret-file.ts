import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A value below $HOLDFAST_SECRETS, without its last newline; undefined where there is none. */
export function readSecretOf(folder: string | undefined, path: string): string | undefined {
  return readValueFile(join(folder ?? "", path));
}

/** A file that holds one value, without its last newline; undefined where there is none. Any other trouble throws. */
export function readValueFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").replace(/\n$/, "");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
