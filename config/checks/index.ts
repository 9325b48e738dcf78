import type { OffsiteConfig, Partly, SiteConfig } from "../schema.ts";
import type { ConfigPorts } from "../secret.ts";
import { checkAddresses } from "./addresses.ts";
import { checkAws } from "./aws.ts";
import { checkBackupWindows } from "./backup-windows.ts";
import { checkCanary } from "./canary.ts";
import { checkDatabaseParameters } from "./database-parameters.ts";
import { checkDocuments } from "./documents.ts";
import { type Findings, gather } from "./findings.ts";
import { checkLabOnly } from "./lab-only.ts";
import { checkRamp } from "./ramp.ts";
import { checkRecovery } from "./recovery.ts";
import { checkRetention } from "./retention.ts";
import { checkRoles } from "./roles.ts";
import { checkServices } from "./services.ts";
import { checkStackName } from "./stack-name.ts";
import { checkTargets } from "./targets.ts";
import { checkTraffic } from "./traffic.ts";

/** All checks that compare values of a site's stack. Each names the values it needs and is silent while one is missing. */
export function checkSiteConfig(config: Partly<SiteConfig>, ports: ConfigPorts): Findings {
  return gather([
    checkStackName(config.site?.name, config.site?.role, ports.stack),
    checkLabOnly(config, ports),
    checkAddresses(config),
    checkCanary(config),
    checkRamp(config),
    checkTraffic(config),
    checkTargets(config),
    checkBackupWindows(config),
    checkRetention(config),
    checkDatabaseParameters(config),
    checkRecovery(config),
    checkDocuments(config),
    checkServices(config),
    checkRoles(config),
  ]);
}

export function checkOffsiteConfig(config: Partly<OffsiteConfig>, ports: ConfigPorts): Findings {
  return gather([
    checkStackName(config.site?.name, undefined, ports.stack),
    checkLabOnly(config, ports),
    checkTraffic(config),
    checkAws(config),
    checkRetention(config),
  ]);
}
