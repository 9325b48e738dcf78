import type { Verdict } from "../contract/verdict.ts";
import type { RunRecord } from "../drill/verdict/record.ts";
import { lagOf, lagWords } from "./archive-lag.ts";
import { expectedInMarkdown, floorPart, forecastPart } from "./expected.ts";
import { headlines, judgementWords, offset, secondsInWords } from "./figures.ts";
import { table } from "./table.ts";
import { timeInMarkdown } from "./time.ts";
import { eventsOf } from "./timeline.ts";

/** report.md: pure, from a run's record and its verdict. The verdict comes first; a reader may stop there. */
export function renderMarkdown(record: RunRecord, verdict: Verdict): string {
  const sections = [
    heading(verdict),
    measures(verdict),
    findings(verdict),
    chapter("Key functions", checks(verdict.keyFunctions)),
    chapter("Integrity", checks(verdict.integrity)),
    chapter("How far the archive was behind", lagWords(lagOf(record), verdict)),
    chapter("Where the time went", timeInMarkdown(verdict)),
    chapter("Beside the forecast", expectedInMarkdown(forecastPart(verdict))),
    chapter("Beside bare commands", expectedInMarkdown(floorPart(verdict))),
    chapter("Timeline", timeline(record)),
    chapter("What was restored", restored(verdict)),
    chapter("Traffic", traffic(record, verdict)),
    chapter("Steps", steps(verdict)),
    chapter("What this does not prove", limits(verdict)),
    chapter("Versions", table(["part", "version"], Object.entries(verdict.versions))),
    chapter("Evidence", evidence(verdict)),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

const chapter = (title: string, body: string): string => (body === "" ? "" : `## ${title}\n\n${body}`);

function heading(verdict: Verdict): string {
  return [`# Run ${verdict.id}: ${judgementWords[verdict.judgement]}`, "", ...headlines(verdict)].join("\n");
}

const budgetWords: Readonly<Record<string, string>> = { rto: "RTO", rpo: "RPO", objectRpo: "object RPO" };

function measures(verdict: Verdict): string {
  const reason = (measure: Verdict["rto"]): string =>
    judgementWords[measure.judgement] + (measure.reason === undefined ? "" : `: ${measure.reason}`);
  const rows = [
    [
      "RTO",
      secondsInWords(verdict.rtoSeconds),
      `target ${secondsInWords(verdict.rtoTargetSeconds)}`,
      reason(verdict.rto),
    ],
    [
      "RPO",
      secondsInWords(verdict.rpoSeconds),
      `target ${secondsInWords(verdict.rpoTargetSeconds)}`,
      reason(verdict.rpo),
    ],
    ...(verdict.objectRpo === undefined
      ? []
      : [
          [
            "object RPO",
            secondsInWords(verdict.objectRpoSeconds),
            `target ${secondsInWords(verdict.rpoTargetSeconds)}`,
            reason(verdict.objectRpo),
          ],
        ]),
    ...verdict.budgets.map(({ id, value, limit, judgement }) => [
      `${budgetWords[id] ?? id}, budget of this place`,
      secondsInWords(value),
      `at most ${secondsInWords(limit)}`,
      judgementWords[judgement],
    ]),
    [
      "transactions lost",
      verdict.lostTransactions === null ? "not measured" : String(verdict.lostTransactions),
      "acknowledged, absent after recovery",
      byWriter(verdict),
    ],
  ];
  return chapter("Verdict", table(["", "measured", "limit", "judgement"], rows));
}

function byWriter(verdict: Verdict): string {
  return Object.entries(verdict.lostByWriter)
    .map(([writer, count]) => `${writer} ${count}`)
    .join(", ");
}

function findings(verdict: Verdict): string {
  const list = verdict.findings.map(({ id, severity, what, hint }) =>
    [
      `- **${id}** (${severity}): ${oneLine(what)}`,
      ...(hint === undefined ? [] : [`  Hint: ${oneLine(hint)}`]),
    ].join("\n"),
  );
  return chapter("Findings", list.length === 0 ? "None." : list.join("\n"));
}

function checks(items: Verdict["integrity"]): string {
  return table(
    ["proof", "judgement", "detail"],
    items.map(({ id, judgement, detail }) => [id, judgementWords[judgement], detail]),
  );
}

function timeline(record: RunRecord): string {
  const events = eventsOf(record);
  if (events.length === 0) return "";
  const loss = record.facts.get("loss")?.atMs ?? record.open.anchorMs;
  const rows = events.map(({ atMs, what }) => [offset(atMs - loss), new Date(atMs).toISOString(), what]);
  return table(["from the loss", "time", "what"], rows);
}

function restored(verdict: Verdict): string {
  const { backupSet } = verdict;
  if (backupSet === null) return "No backup set is proved to have been restored.";
  return table(
    ["", ""],
    [
      [
        "backup set",
        `${backupSet.label} (${backupSet.type}, ${backupSet.repository}), ended ${backupSet.stoppedAt}`,
      ],
      ["recovered to", verdict.recoveredLsn ?? "not known"],
      ["timeline now", String(verdict.timeline ?? "not known")],
    ],
  );
}

function traffic(record: RunRecord, verdict: Verdict): string {
  const seen = record.facts.get("traffic");
  if (seen === null) return "No name server was seen to send users to dr.";
  const rows = seen.servers.map(({ name, address, addresses, ttlSeconds }) => [
    `${name} (${address})`,
    addresses.join(", "),
    `TTL ${ttlSeconds ?? "?"} s`,
  ]);
  const after = verdict.traffic.usersAfterFirstSuccess;
  return `${table(["asked", "answers", ""], rows)}\n\nUsers after the first success: ${JSON.stringify(after)}.`;
}

function steps(verdict: Verdict): string {
  return table(
    ["step", "outcome", "started", "took", "reason"],
    verdict.steps.map(({ id, outcome, startMs, endMs, reason }) => [
      id,
      outcome,
      offset(startMs),
      outcome === "skipped" ? "" : `${((endMs - startMs) / 1000).toFixed(1)} s`,
      reason ?? "",
    ]),
  );
}

function limits(verdict: Verdict): string {
  const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");
  return [
    verdict.simulated.length === 0 ? "" : `Simulated:\n\n${list(verdict.simulated)}`,
    verdict.standIns.length === 0 ? "No stand-in was used." : `Stand-ins:\n\n${list(verdict.standIns)}`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function evidence(verdict: Verdict): string {
  return table(
    ["file", "sha256"],
    verdict.evidence.map(({ path, sha256 }) => [path, sha256]),
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}
