import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { UserError } from "../../errors/user-error.ts";
import { type Needle, needleOf, shortestSecret } from "./needles.ts";

/** Files in a folder of secrets that are none: certificates. */
const publicByDefault = /\.(crt|pub)$/;

export interface Secrets {
  readonly needles: readonly Needle[];
  /** Left out, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

/** One secret a file, as $HOLDFAST_SECRETS has them. Values stay in the needles and are never shown. */
export function readSecrets(paths: readonly string[], publicNames: readonly string[]): Secrets {
  const needles: Needle[] = [];
  const skipped: { name: string; reason: string }[] = [];
  for (const path of paths) {
    for (const file of filesOf(path)) {
      const name = file === path ? file : relative(path, file);
      if (publicByDefault.test(name) || publicNames.some((one) => name === one || name.endsWith(`/${one}`))) {
        skipped.push({ name, reason: "public" });
        continue;
      }
      const needle = needleOf(name, readFileSync(file, "utf8"));
      if (needle === undefined)
        skipped.push({
          name,
          reason: `shorter than ${shortestSecret} characters: it would turn up by chance`,
        });
      else needles.push(needle);
    }
  }
  if (needles.length === 0)
    throw new UserError("ARGUMENT_INVALID", {
      what: "there is no secret to look for",
      got: paths.join(", "),
      allowed: `files with one value of at least ${shortestSecret} characters each, or folders of them`,
    });
  return { needles, skipped };
}

function filesOf(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (cause) {
    throw new UserError("ARGUMENT_INVALID", { what: "the secrets cannot be read", got: path, cause });
  }
}
