import type { Judgement, Verdict } from "../../contract/verdict.ts";
import type { RunRecord } from "../../drill/verdict/record.ts";
import { escapeText } from "../escape.ts";
import { type ExpectedPart, floorPart, forecastPart } from "../expected.ts";
import { headlines, judgementWords, offset, secondsInWords } from "../figures.ts";
import { phaseHead, phaseRows, sumWords, takesTime } from "../time.ts";
import { eventsOf, timelineOf } from "../timeline.ts";
import { ganttChart, gapChart, type HistoryPoint, historyChart } from "./charts.ts";
import { pathChart, pathWords } from "./path-chart.ts";
import { secondsAround } from "./seconds.ts";
import { style } from "./style.ts";

/**
 * report.html: one file that asks nobody for anything, pure from a run's record, its verdict and those of
 * earlier runs. The verdict comes first; a reader may stop there.
 */
export function renderHtml(
  record: RunRecord,
  verdict: Verdict,
  history: readonly HistoryPoint[] = [],
): string {
  const loss = record.facts.get("loss")?.atMs ?? null;
  const sections = [
    section("Findings", findings(verdict)),
    section("What users and writers got", gap(record, verdict, loss)),
    section("Where the time went", whereTimeWent(record, verdict)),
    section("Beside the forecast", expected(forecastPart(verdict))),
    section("Beside bare commands", expected(floorPart(verdict))),
    section("Key functions", checks(verdict.keyFunctions)),
    section("Integrity", checks(verdict.integrity)),
    section("What was restored", restored(verdict)),
    section("Traffic", traffic(record, verdict)),
    section("Timeline", timeline(record, loss)),
    section("Earlier runs", trend(history, verdict)),
    section("What this does not prove", limits(verdict)),
    section(
      "Versions",
      table(
        ["part", "version"],
        Object.entries(verdict.versions).map(([part, version]) => [text(part), text(version)]),
      ),
    ),
    section("Evidence", evidence(verdict)),
  ];
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeText(`Run ${verdict.id}: ${judgementWords[verdict.judgement]}`)}</title>`,
    `<style>${style}</style>`,
    "</head>",
    "<body>",
    heading(verdict),
    `<main>${cards(verdict)}${sections.join("\n")}</main>`,
    `<footer>Drawn from the run's directory alone: <code>holdfast report ${text(verdict.id)}</code> draws it again, <code>holdfast judge ${text(verdict.id)}</code> judges it again. Schema ${verdict.schemaVersion}.</footer>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

const text = escapeText;

const section = (title: string, body: string): string =>
  body === "" ? "" : `<section><h2>${text(title)}</h2>${body}</section>`;

const shapes = { met: "✓", missed: "✗", notJudged: "?" } as const satisfies Record<Judgement, string>;

/** A word and a shape, so that nobody needs the colour. */
const said = (judgement: Judgement): string =>
  `<span class="judgement ${judgement}"><span aria-hidden="true">${shapes[judgement]}</span> ${judgementWords[judgement]}</span>`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]): string => row.map((cell) => `<td>${cell}</td>`).join("");
  const names = head.map((name) => `<th scope="col">${text(name)}</th>`).join("");
  return `<div class="scroll" tabindex="0"><table><thead><tr>${names}</tr></thead><tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join("")}</tbody></table></div>`;
}

const figure = (svg: string, words: string): string =>
  `<figure><div class="scroll" tabindex="0">${svg}</div><figcaption>${text(words)}</figcaption></figure>`;

function heading(verdict: Verdict): string {
  const lines = headlines(verdict).map((line) => `<p class="soft">${text(line)}</p>`);
  return `<header><h1>Run ${text(verdict.id)}: ${said(verdict.judgement)}</h1>${lines.join("")}</header>`;
}

function cards(verdict: Verdict): string {
  const budgetOf = (id: string) => verdict.budgets.find((budget) => budget.id === id);
  const measures = [
    { id: "rto", name: "RTO", seconds: verdict.rtoSeconds, target: verdict.rtoTargetSeconds, ...verdict.rto },
    { id: "rpo", name: "RPO", seconds: verdict.rpoSeconds, target: verdict.rpoTargetSeconds, ...verdict.rpo },
    ...(verdict.objectRpo === undefined
      ? []
      : [
          {
            id: "objectRpo",
            name: "Object RPO",
            seconds: verdict.objectRpoSeconds,
            target: verdict.rpoTargetSeconds,
            ...verdict.objectRpo,
          },
        ]),
  ];
  const card = ({ id, name, seconds, target, judgement, reason }: (typeof measures)[number]): string => {
    const share = seconds === null ? 0 : Math.min(100, (seconds / Math.max(1, target)) * 100);
    const budget = budgetOf(id);
    return [
      `<div class="card"><h3>${name}</h3><div class="value">${text(secondsInWords(seconds))}</div>`,
      `<div class="track" role="img" aria-label="${share.toFixed(1)} % of the target"><div class="fill" style="width:${share.toFixed(1)}%"></div></div>`,
      `<p>${said(judgement)} <span class="soft">of ${text(secondsInWords(target))}</span></p>`,
      reason === undefined ? "" : `<p class="soft">${text(reason)}</p>`,
      budget === undefined
        ? ""
        : `<p class="soft">budget of this place ${text(secondsInWords(budget.limit))}: ${said(budget.judgement)}</p>`,
      "</div>",
    ].join("");
  };
  return `<div class="cards">${measures.map(card).join("")}${lostCard(verdict)}</div>`;
}

function lostCard(verdict: Verdict): string {
  const byWriter = Object.entries(verdict.lostByWriter)
    .map(([writer, count]) => `${writer} ${count}`)
    .join(", ");
  const documents =
    verdict.lostDocuments === undefined || verdict.lostDocuments === null
      ? ""
      : `<p class="soft">documents lost: ${verdict.lostDocuments}</p>`;
  return `<div class="card"><h3>Transactions lost</h3><div class="value">${verdict.lostTransactions ?? "not measured"}</div><p class="soft">acknowledged, absent after recovery${byWriter === "" ? "" : `: ${text(byWriter)}`}</p>${documents}</div>`;
}

function findings(verdict: Verdict): string {
  if (verdict.findings.length === 0) return "<p>None.</p>";
  const items = verdict.findings.map(
    ({ id, severity, what, hint }) =>
      `<li class="${severity}"><strong>${text(id)}</strong> (${severity}): ${text(what)}${hint === undefined ? "" : `<br><span class="soft">Hint: ${text(hint)}</span>`}</li>`,
  );
  return `<ul class="findings">${items.join("")}</ul>`;
}

function gap(record: RunRecord, verdict: Verdict, loss: number | null): string {
  const seconds = secondsAround(record.ledger?.entries ?? [], loss, verdict.rtoSeconds);
  if (seconds.length === 0) return "";
  return figure(
    gapChart(seconds, verdict.rtoSeconds),
    "Columns: commits acknowledged in each second, heartbeats and write load together. Below: a dot for a user's transaction that succeeded through the public name, a triangle for one that failed. From the prober's ledger.",
  );
}

function whereTimeWent(record: RunRecord, verdict: Verdict): string {
  const chart = figure(
    ganttChart(timelineOf(record, verdict)),
    "Steps, then the critical path, on the run's whole length.",
  );
  const path = verdict.criticalPath ?? [];
  if (path.length === 0) return `${chart}${steps(verdict)}`;
  const rows = phaseRows(verdict).map((row) => row.map(text));
  const resources = (verdict.upResources ?? []).filter(takesTime);
  const picture = figure(pathChart(path, resources), pathWords);
  return `${picture}${table(phaseHead, rows)}<p class="soft">${text(sumWords(verdict))}</p><details><summary>The whole run, step by step</summary>${chart}</details>${steps(verdict)}`;
}

function expected(part: ExpectedPart | null): string {
  if (part === null) return "";
  const rows = part.rows.map((row) => row.map(text));
  return `${table(part.head, rows)}<p class="soft">${text(part.words.join(" "))}</p>`;
}

function steps(verdict: Verdict): string {
  const rows = verdict.steps.map(({ title, outcome, startMs, endMs, reason }) => [
    text(title),
    text(outcome),
    text(offset(startMs)),
    outcome === "skipped" ? "" : `${((endMs - startMs) / 1000).toFixed(1)} s`,
    text(reason ?? ""),
  ]);
  return `<details><summary>All ${rows.length} steps</summary>${table(["step", "outcome", "started", "took", "reason"], rows)}</details>`;
}

function checks(items: Verdict["integrity"]): string {
  return table(
    ["proof", "judgement", "detail"],
    items.map(({ id, judgement, detail }) => [text(id), said(judgement), text(detail)]),
  );
}

function restored({ backupSet, recoveredLsn, timeline: at }: Verdict): string {
  if (backupSet === null) return "<p>No backup set is proved to have been restored.</p>";
  return table(
    ["", ""],
    [
      [
        "backup set",
        text(`${backupSet.label} (${backupSet.type}, ${backupSet.repository}), ended ${backupSet.stoppedAt}`),
      ],
      ["recovered to", text(recoveredLsn ?? "not known")],
      ["timeline now", text(String(at ?? "not known"))],
    ],
  );
}

function traffic(record: RunRecord, verdict: Verdict): string {
  const seen = record.facts.get("traffic");
  if (seen === null) return "<p>No name server was seen to send users to dr.</p>";
  const rows = seen.servers.map(({ name, address, addresses, ttlSeconds }) => [
    text(`${name} (${address})`),
    text(addresses.join(", ")),
    text(`${ttlSeconds ?? "?"} s`),
  ]);
  const after = verdict.traffic.usersAfterFirstSuccess as
    | { readonly ok: number; readonly failed: number }
    | undefined;
  const words =
    after === undefined
      ? ""
      : `<p>After the first success ${after.ok} user transactions succeeded and ${after.failed} failed.</p>`;
  return `${table(["asked", "answers", "TTL"], rows)}${words}`;
}

function timeline(record: RunRecord, loss: number | null): string {
  const events = eventsOf(record);
  if (events.length === 0) return "";
  const from = loss ?? record.open.anchorMs;
  const rows = events.map(({ atMs, what }) => [
    text(offset(atMs - from)),
    text(new Date(atMs).toISOString()),
    text(what),
  ]);
  return table(["from the loss", "time", "what"], rows);
}

function trend(history: readonly HistoryPoint[], verdict: Verdict): string {
  const others = history.filter(({ id }) => id !== verdict.id);
  if (others.length === 0) return "";
  const points = [...others, pointOf(verdict)].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  const rows = points.map(({ id, startedAt, judgement, rtoSeconds, rpoSeconds }) => [
    text(id),
    text(startedAt),
    text(judgement),
    text(secondsInWords(rtoSeconds)),
    text(secondsInWords(rpoSeconds)),
  ]);
  return `${figure(historyChart(points), "A pair a run, oldest first: RTO, and lighter the RPO. Below each whether its verdict was met.")}<details><summary>As a table</summary>${table(["run", "started", "verdict", "RTO", "RPO"], rows)}</details>`;
}

export function pointOf({ id, startedAt, judgement, rtoSeconds, rpoSeconds }: Verdict): HistoryPoint {
  return { id, startedAt, judgement, rtoSeconds, rpoSeconds };
}

function limits({ simulated, standIns }: Verdict): string {
  const list = (items: readonly string[]): string =>
    `<ul>${items.map((item) => `<li>${text(item)}</li>`).join("")}</ul>`;
  return [
    simulated.length === 0 ? "" : `<p>Simulated:</p>${list(simulated)}`,
    standIns.length === 0 ? "<p>No stand-in was used.</p>" : `<p>Stand-ins:</p>${list(standIns)}`,
  ].join("");
}

function evidence(verdict: Verdict): string {
  const rows = verdict.evidence.map(({ path, sha256 }) => [text(path), `<code>${text(sha256)}</code>`]);
  return `<details><summary>${rows.length} files with their digests</summary>${table(["file", "sha256"], rows)}</details>`;
}
