import type { OffsiteConfig, Partly, SiteConfig } from "../schema.ts";

export type AnyConfig = Partly<SiteConfig> | Partly<OffsiteConfig>;

/** Every value of a partly read config may be missing, so the compiler cannot tell the kinds apart by `kind` alone. */
export function isOffsiteConfig(config: AnyConfig): config is Partly<OffsiteConfig> {
  return config.kind === "offsite";
}

export function isSiteConfig(config: AnyConfig): config is Partly<SiteConfig> {
  return config.kind === "site";
}
