import { formatDuration } from "../duration.ts";
import type { Partly, SiteConfig } from "../schema.ts";
import { type Findings, gather, problem } from "./findings.ts";

/** Intervals of the documents' copy with which it would always be called late. */
export function checkDocuments(config: Partly<SiteConfig>): Findings {
  const { rpo } = config.targets ?? {};
  const { push, heartbeat, pull } = config.documents ?? {};
  if (rpo === undefined || push === undefined || heartbeat === undefined || pull === undefined)
    return gather([]);
  const worst = push + heartbeat + pull;
  if (worst < rpo) return gather([]);
  return gather([
    problem({
      path: "documents.heartbeat",
      what: `documents may be ${formatDuration(worst)} old in the other site's copy (push, heartbeat and pull together)`,
      got: formatDuration(heartbeat),
      allowed: `together less than holdfast:targets.rpo, ${formatDuration(rpo)}`,
      hint: "lower holdfast:documents.heartbeat, .push or .pull",
    }),
  ]);
}
