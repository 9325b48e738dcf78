import type { Site } from "../../contract/stack.ts";
import { backupProblems } from "./backup-problems.ts";
import { standbyProblems } from "./standby.ts";
import type { StatusReport } from "./types.ts";

/** As the drill's preflight: beyond it recovery targets by time lie, and at 15 minutes signatures are refused. */
const maximumClockSkewMs = 1000;

/** What an operator must know first, most important first. */
export function findProblems(
  report: Omit<StatusReport, "problems">,
  addresses: Readonly<Record<Site, string>>,
): readonly string[] {
  const problems: string[] = [];
  const { epoch } = report;
  if ("error" in epoch) problems.push(`the third place does not say who is active: ${epoch.error}`);
  else if (epoch.value === null) problems.push("no site was ever activated: there is no epoch object");
  const record = "value" in epoch ? epoch.value : null;

  for (const site of report.sites) {
    const holds = record?.holder === site.site;
    if (!site.api.reachable) problems.push(`${site.site}: the cluster does not answer (${site.api.detail})`);
    else if (holds && !site.database.ready)
      problems.push(`${site.site} is active, but its database is not ready: ${site.database.detail}`);
    // A site that handed over stays fenced in its last phase: that is where it should be.
    if (site.stuck !== null && (holds || site.phase !== "ready"))
      problems.push(`${site.site}: stuck in phase ${site.phase}: ${site.stuck}`);
    if (record !== null && site.role === "active" && !holds) {
      problems.push(
        `${site.site} calls itself active in epoch ${site.epoch}; the epoch object says ${record.holder}, epoch ${record.epoch}`,
      );
    }
  }
  for (const repository of report.repositories) {
    const what = `repository ${repository.repository}, epoch ${repository.epoch}`;
    if (repository.status !== "ok") problems.push(`${what}: ${repository.status}`);
    else if (repository.newestSet === null)
      problems.push(`${what}: no backup set; make a full one from its CronJob now`);
    else if (repository.tooOld !== null) problems.push(`${what}: BACKUP_TOO_OLD: ${repository.tooOld}`);
  }
  for (const { state, words } of report.certificates)
    if (state === "refused" || state === "expires") problems.push(words);
  for (const [whose, skew] of Object.entries(report.clocks)) {
    const ms = "value" in skew ? (skew.value ?? 0) : 0;
    if (Math.abs(ms) > maximumClockSkewMs)
      problems.push(`CLOCK_SKEW: the clock of the ${whose} is ${ms} ms off this host's`);
  }
  problems.push(...standbyProblems(report), ...backupProblems(report));
  const draining = report.sites.some((site) => site.site === record?.holder && site.role === "draining");
  if (draining)
    problems.push(`${record?.holder} is draining: nobody can write until the other site is activated`);
  for (const { name, server, answer } of report.dns) {
    if ("error" in answer) problems.push(`${name} at ${server}: ${answer.error}`);
    else if (!answer.value.ok) problems.push(`${name} at ${server}: ${answer.value.rcode}`);
    else if (record !== null && !draining) {
      // While the holder drains, the names lead away from it already.
      const wrong = answer.value.addresses.filter((address) => address !== addresses[record.holder]);
      if (wrong.length > 0)
        problems.push(
          `${name} at ${server} says ${wrong.join(", ")}, and ${record.holder} is active (${addresses[record.holder]})`,
        );
    }
  }
  return problems;
}
