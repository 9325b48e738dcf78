import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import {
  type Config,
  loadConfig,
  type OffsiteConfig,
  type SiteConfig,
  sectionsFromPulumi,
} from "../../config/index.ts";
import type { Site } from "../../contract/stack.ts";
import { UserError } from "../../errors/user-error.ts";

/** The third place's, without its secrets either. */
export async function readOffsiteConfig(file: string): Promise<OffsiteConfig> {
  const config = await readConfig(file, "offsite");
  if (config.kind === "offsite") return config;
  throw new UserError("CONFIG_INVALID", {
    what: `${file} is not the third place's`,
    allowed: "offsite as site.name",
  });
}

/** A site's config without its secrets: what is made from it depends on none, so it is made where none are. */
export async function readSiteConfig(file: string, stack: Site): Promise<SiteConfig> {
  const config = await readConfig(file, stack);
  if (config.kind === "site") return config;
  throw new UserError("CONFIG_INVALID", {
    what: `${file} is not a site's`,
    allowed: "primary or dr as site.name",
  });
}

async function readConfig(file: string, stack: string): Promise<Config> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UserError("CONFIG_INVALID", { what: `there is no stack file for ${stack}`, got: file, cause });
  });
  const { config: values } = parse(text) as { readonly config?: Readonly<Record<string, unknown>> };
  const { config } = loadConfig(sectionsFromPulumi(values ?? {}), {
    stack,
    readSecretFile: () => "not read",
  });
  return config;
}
