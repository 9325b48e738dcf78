import { checkOffsiteConfig, checkSiteConfig } from "./checks/index.ts";
import { type Collection, collect } from "./collect.ts";
import { configError, type Problem } from "./problem.ts";
import {
  type Config,
  type OffsiteConfig,
  offsiteStackSchema,
  type Partly,
  type SiteConfig,
  siteStackSchema,
} from "./schema.ts";
import type { ConfigPorts } from "./secret.ts";

export interface LoadedConfig {
  readonly config: Config;
  /** Values of the secrets by config path, for example `database.roles.prober`. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly warnings: readonly Problem[];
}

/**
 * Reads the sections of a stack file. Throws one CONFIG_INVALID that names every
 * problem: of single values, of values that contradict each other, and of
 * secrets that are not there.
 *
 * @param raw sections by name, see `sectionsFromPulumi`
 */
export function loadConfig(raw: Readonly<Record<string, unknown>>, ports: ConfigPorts): LoadedConfig {
  const into: Collection = { problems: [], secrets: {}, ports };
  const kind = isOffsite(raw, ports) ? "offsite" : "site";
  const schema = kind === "offsite" ? offsiteStackSchema : siteStackSchema;
  const values = { ...(collect(schema, raw, "", into) as object), kind, stack: ports.stack };
  const findings =
    kind === "offsite"
      ? checkOffsiteConfig(values as Partly<OffsiteConfig>, ports)
      : checkSiteConfig(values as Partly<SiteConfig>, ports);
  const problems = [...into.problems, ...findings.problems];
  if (problems.length > 0) throw configError(ports.stack, problems);
  // Without a problem every required value was there and had been parsed: nothing of it is partial any more.
  return { config: values as Config, secrets: into.secrets, warnings: findings.warnings };
}

/** By the site's name; by the stack's where that is no help, so that the problems listed are those of the right kind. */
function isOffsite(raw: Readonly<Record<string, unknown>>, ports: ConfigPorts): boolean {
  const { site } = raw;
  const name = typeof site === "object" && site !== null && "name" in site ? site.name : undefined;
  if (name === "primary" || name === "dr") return false;
  return name === "offsite" || ports.stack === "offsite";
}
