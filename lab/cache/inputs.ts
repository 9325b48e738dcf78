import { createHash } from "node:crypto";
import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { join, relative } from "node:path";

/** Something that, when it changes, makes the built thing another one. */
export type Input =
  /** Contents and executable bit of one file. */
  | { readonly file: string }
  /** Every file below a folder; `except` names files (by base name) that the build itself writes. */
  | { readonly tree: string; readonly except?: readonly string[] }
  /** A version, a mirror's suite, another artefact's key. */
  | { readonly text: string; readonly label: string };

/**
 * The key of a set of inputs. Paths count relative to `base`, so that two checkouts
 * of the same commit share what is built.
 */
export async function keyOf(name: string, inputs: readonly Input[], base: string): Promise<string> {
  const lines: string[] = [`artefact ${name}`];
  for (const input of inputs) lines.push(...(await describe(input, base)));
  return sha256(lines.sort().join("\n")).slice(0, 24);
}

async function describe(input: Input, base: string): Promise<string[]> {
  if ("text" in input) return [`text ${JSON.stringify([input.label, input.text])}`];
  if ("file" in input) return [await describeFile(input.file, base)];
  const except = new Set(input.except ?? []);
  const entries = await readdir(input.tree, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory() && !except.has(entry.name));
  return Promise.all(
    files.map((entry) => describeFile(join(entry.parentPath, entry.name), base, entry.isSymbolicLink())),
  );
}

async function describeFile(path: string, base: string, isLink = false): Promise<string> {
  const name = JSON.stringify(relative(base, path));
  if (isLink) return `link ${name} ${await readlink(path)}`;
  const [content, info] = await Promise.all([readFile(path), stat(path)]);
  return `file ${name} ${(info.mode & 0o100) === 0 ? "-" : "x"} ${sha256(content)}`;
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
