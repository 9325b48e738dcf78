import { join } from "node:path";
import { type Site, sites } from "../../contract/stack.ts";
import { planAlerts } from "../../plan/alerts/index.ts";
import { planSite } from "../../plan/index.ts";
import { renderRules } from "./render.ts";
import { readSiteConfig } from "./stack-file.ts";

/** Rules of every site by the site's name, from the stack files as they are now. */
export async function readSiteRules(repositoryRoot: string): Promise<Readonly<Record<Site, string>>> {
  const entries = sites.map(async (site) => {
    const config = await readSiteConfig(join(repositoryRoot, `Pulumi.${site}.yaml`), site);
    return [site, renderRules(planAlerts(planSite(config)), site)] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<Site, string>;
}
