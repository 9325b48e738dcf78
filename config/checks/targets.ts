import { archiveMarginSeconds } from "../archive-margin.ts";
import { formatDuration } from "../duration.ts";
import { forecastConfig } from "../forecast.ts";
import type { Partly, SiteConfig } from "../schema.ts";
import { type Findings, gather, problem, warning } from "./findings.ts";

/** Targets that the settings cannot meet. */
export function checkTargets(config: Partly<SiteConfig>): Findings {
  const findings: Findings[] = [];
  const { rpo, rto } = config.targets ?? {};
  const archiveTimeout = config.database?.archiveTimeout;
  if (rpo !== undefined && archiveTimeout !== undefined && rpo < archiveTimeout + archiveMarginSeconds) {
    findings.push(
      problem({
        path: "targets.rpo",
        what: `a commit may wait ${formatDuration(archiveTimeout)} (database.archiveTimeout) to be archived, and ${archiveMarginSeconds} seconds on its way`,
        got: formatDuration(rpo),
        allowed: `at least ${formatDuration(archiveTimeout + archiveMarginSeconds)}`,
        hint: "raise holdfast:targets.rpo, or lower holdfast:database.archiveTimeout",
      }),
    );
  }
  const ttl = config.traffic?.ttl;
  if (rto !== undefined && ttl !== undefined && ttl >= rto) {
    findings.push(
      problem({
        path: "traffic.ttl",
        what: "resolvers may keep the lost site's address for longer than the RTO",
        got: formatDuration(ttl),
        allowed: `less than ${formatDuration(rto)}`,
      }),
    );
  }
  const forecast = forecastConfig(config);
  if (rto !== undefined && forecast !== undefined && forecast.rtoSeconds > rto) {
    const say = config.targets?.outOfReach === "error" ? problem : warning;
    findings.push(
      say({
        path: "targets.rto",
        what: `a full volume is forecast to need ${Math.ceil(forecast.rtoSeconds / 60)} minutes from the loss to the first user`,
        got: formatDuration(rto),
        hint: "measure holdfast:recovery.restoreRate, or back up more often so that less WAL is replayed: holdfast budget shows each phase",
      }),
    );
  }
  return gather(findings);
}
