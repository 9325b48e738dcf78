import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type LoadedConfig, loadConfig, sectionsFromPulumi } from "../../config/index.ts";
import type { ConfigPorts } from "../../config/secret.ts";

export type Sections = Record<string, Record<string, unknown>>;

export type StackFile = "offsite" | "primary" | "dr" | "rehearsal";

/** The committed stack file's sections, fresh on each call so that a test may edit them. */
export function readStackFile(stack: StackFile, directory = "."): Sections {
  const text = readFileSync(new URL(`../../${directory}/Pulumi.${stack}.yaml`, import.meta.url), "utf8");
  const { config } = parse(text) as { readonly config: Record<string, unknown> };
  return sectionsFromPulumi(config) as Sections;
}

/** Sets a value by its path; undefined removes it. */
export function setPath(sections: Sections, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let at: Record<string, unknown> = sections;
  for (const key of keys) {
    at[key] ??= {};
    at = at[key] as Record<string, unknown>;
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
}

export function load(
  stack: StackFile,
  changes: Readonly<Record<string, unknown>> = {},
  ports: Partial<ConfigPorts> = {},
): LoadedConfig {
  return loadFile(".", stack, changes, ports);
}

export const examples = ["aws-cloudflare", "aws-route53", "on-premises"] as const;
export const stacks = ["offsite", "primary", "dr"] as const satisfies readonly StackFile[];

/** A stack file of an example. */
export function loadFile(
  directory: string,
  stack: StackFile,
  changes: Readonly<Record<string, unknown>> = {},
  ports: Partial<ConfigPorts> = {},
): LoadedConfig {
  const sections = readStackFile(stack, directory);
  for (const [path, value] of Object.entries(changes)) setPath(sections, path, value);
  return loadConfig(sections, { stack, readSecretFile: (path) => `content of ${path}`, ...ports });
}
