import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { loadConfig, type SiteConfig, sectionsFromPulumi } from "../../config/index.ts";
import type { Site } from "../../contract/stack.ts";
import { UserError } from "../../errors/user-error.ts";

/** A site's config without its secrets: what is made from it depends on none, so it is made where none are. */
export async function readSiteConfig(file: string, stack: Site): Promise<SiteConfig> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UserError("CONFIG_INVALID", { what: `there is no stack file for ${stack}`, got: file, cause });
  });
  const { config: values } = parse(text) as { readonly config?: Readonly<Record<string, unknown>> };
  const { config } = loadConfig(sectionsFromPulumi(values ?? {}), {
    stack,
    readSecretFile: () => "not read",
  });
  if (config.kind !== "site") {
    throw new UserError("CONFIG_INVALID", {
      what: `${file} is not a site's`,
      allowed: "primary or dr as site.name",
    });
  }
  return config;
}
