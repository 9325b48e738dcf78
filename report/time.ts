import type { Verdict } from "../contract/verdict.ts";
import { secondsInWords } from "./figures.ts";
import { table } from "./table.ts";

/** Where the time of a run went, as text for every report. */

type UpResource = NonNullable<Verdict["upResources"]>[number];

/** Below a second a resource explains nothing. */
export function takesTime({ startSeconds, endSeconds }: UpResource): boolean {
  return endSeconds - startSeconds >= 1;
}

export const phaseHead = ["phase", "took", "share"] as const;

/** A row a phase, in the order of the path. */
export function phaseRows(verdict: Verdict): readonly (readonly string[])[] {
  const entries = Object.entries(verdict.phases);
  const whole = entries.reduce((sum, [, seconds]) => sum + seconds, 0);
  return entries.map(([name, seconds]) => [
    name,
    secondsInWords(seconds),
    whole === 0 ? "" : `${((seconds / whole) * 100).toFixed(0)} %`,
  ]);
}

/** What they add up to, and what came after it. */
export function sumWords(verdict: Verdict): string {
  const proved =
    verdict.provedAfterSeconds == null
      ? ""
      : ` The key functions had been tried ${secondsInWords(verdict.provedAfterSeconds)} after the loss.`;
  const sum =
    verdict.rtoSeconds === null
      ? "Nobody was served: the phases end with the last thing that was seen."
      : `They add up to the RTO, ${secondsInWords(verdict.rtoSeconds)}; time that no evidence explains is "unattributed". The ledger decides the RTO, they explain it.`;
  return `${sum}${proved}`;
}

export function timeInMarkdown(verdict: Verdict): string {
  if (Object.keys(verdict.phases).length === 0) return "No phase was seen.";
  const parts = [
    table(phaseHead, phaseRows(verdict)),
    `${sumWords(verdict)} Picture: [gantt.svg](gantt.svg).`,
  ];
  const path = verdict.criticalPath ?? [];
  if (path.length > 0)
    parts.push(
      `Critical path: ${path.map(({ phase, startSeconds, endSeconds }) => `${phase} ${seconds(endSeconds - startSeconds)} s`).join(" → ")}.`,
    );
  const resources = (verdict.upResources ?? []).filter(takesTime);
  if (resources.length > 0)
    parts.push(
      "What the `up` did meanwhile; without slack it held up the traffic:",
      table(
        ["resource", "from the loss", "took", "slack"],
        resources.map(({ name, startSeconds, endSeconds, slackSeconds }) => [
          name,
          `+${seconds(startSeconds)} s`,
          `${seconds(endSeconds - startSeconds)} s`,
          slackSeconds === null ? "" : `${seconds(slackSeconds)} s`,
        ]),
      ),
    );
  return parts.join("\n\n");
}

function seconds(value: number): string {
  return value.toFixed(1);
}
