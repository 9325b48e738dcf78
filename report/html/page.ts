import type { Judgement, Verdict } from "../../contract/verdict.ts";
import { lostAmong } from "../../drill/verdict/lost.ts";
import type { RunRecord } from "../../drill/verdict/record.ts";
import { lagOf, lagWords } from "../archive-lag.ts";
import { escapeText } from "../escape.ts";
import { type ExpectedPart, floorPart, forecastPart } from "../expected.ts";
import { headlines, judgementWords, offset, secondsInWords } from "../figures.ts";
import { phaseHead, phaseRows, sumWords, takesTime } from "../time.ts";
import { eventsOf, timelineOf } from "../timeline.ts";
import { ganttChart, pathChart, pathWords } from "./bars.ts";
import { gapChart } from "./gap-chart.ts";
import { type HistoryPoint, historyChart } from "./history-chart.ts";
import { lagChart } from "./lag-chart.ts";
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
    section("How far the archive was behind", lag(record, verdict)),
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
      prose(
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

/** A number stays with its unit. */
const measure = (words: string): string => text(words).replaceAll(/(\d) (s|min|h|x|%|GB|TB)/g, "$1&nbsp;$2");

const section = (title: string, body: string): string =>
  body === "" ? "" : `<section><h2>${text(title)}</h2>${body}</section>`;

const shapes = { met: "✓", missed: "✗", notJudged: "?" } as const satisfies Record<Judgement, string>;

/** A word and a shape, so that nobody needs the colour. */
const said = (judgement: Judgement): string =>
  `<span class="judgement ${judgement}"><span aria-hidden="true">${shapes[judgement]}</span> ${judgementWords[judgement]}</span>`;

/** `isNumbers`: of short words and numbers, which break at blanks alone. */
function table(head: readonly string[], rows: readonly (readonly string[])[], isNumbers = false): string {
  const cells = (row: readonly string[]): string => row.map((cell) => `<td>${cell}</td>`).join("");
  const names = head.map((name) => `<th scope="col">${text(name)}</th>`).join("");
  return `<table${isNumbers ? ' class="numbers"' : ""}><thead><tr>${names}</tr></thead><tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join("")}</tbody></table>`;
}

/**
 * A table with prose in it: on a phone each row becomes a block of lines, with the names of `named` columns before
 * their cells. Laid out so it is no table to a browser any more, and the roles say that it is one.
 */
function prose(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  named: readonly string[] = [],
): string {
  const cell = (value: string, index: number): string => {
    const name = head[index] ?? "";
    return `<td role="cell"${named.includes(name) ? ` data-name="${text(name)}"` : ""}>${value}</td>`;
  };
  const names = head.map((name) => `<th scope="col" role="columnheader">${text(name)}</th>`).join("");
  const body = rows.map((row) => `<tr role="row">${row.map(cell).join("")}</tr>`).join("");
  return `<table class="prose" role="table"><thead role="rowgroup"><tr role="row">${names}</tr></thead><tbody role="rowgroup">${body}</tbody></table>`;
}

const figure = (drawing: string, words: string): string =>
  `<figure>${drawing}<figcaption>${text(words)}</figcaption></figure>`;

function heading(verdict: Verdict): string {
  return `<header><h1>${said(verdict.judgement)} <span class="run">Run ${text(verdict.id)}</span></h1>${unmet(verdict)}</header>`;
}

/** So many are named above everything else; the rest is counted. */
const unmetNamed = 6;

/** What keeps a run from being met, in one or two lines. */
function unmet(verdict: Verdict): string {
  const measures = [
    { id: "RTO", judgement: verdict.rto.judgement },
    { id: "RPO", judgement: verdict.rpo.judgement },
    ...(verdict.objectRpo === undefined
      ? []
      : [{ id: "object RPO", judgement: verdict.objectRpo.judgement }]),
    ...verdict.budgets.map(({ id, judgement }) => ({ id: `budget ${id}`, judgement })),
    ...verdict.findings
      .filter(({ severity }) => severity === "error")
      .map(({ id }) => ({ id, judgement: "missed" as const })),
    ...verdict.keyFunctions,
    ...verdict.integrity,
  ];
  const line = (of: Judgement): string => {
    const times = new Map<string, number>();
    for (const { id, judgement } of measures) if (judgement === of) times.set(id, (times.get(id) ?? 0) + 1);
    if (times.size === 0) return "";
    const ids = [...times].map(([id, count]) => (count === 1 ? id : `${id} (${count} times)`));
    const more = ids.length > unmetNamed ? ` and ${ids.length - unmetNamed} more` : "";
    return `<p>${said(of)}: ${text(ids.slice(0, unmetNamed).join(", "))}${more}</p>`;
  };
  return `${line("missed")}${line("notJudged")}`;
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
      `<div class="card"><h3>${name}</h3>${value(seconds === null ? null : secondsInWords(seconds))}`,
      `<div class="track" role="img" aria-label="${share.toFixed(1)} % of the target"><div class="fill" style="width:${share.toFixed(1)}%"></div></div>`,
      `<p>${said(judgement)} <span class="soft">of ${measure(secondsInWords(target))}</span></p>`,
      reason === undefined ? "" : `<p class="soft">${text(reason)}</p>`,
      budget === undefined
        ? ""
        : `<p class="soft">budget of this place ${measure(secondsInWords(budget.limit))}: ${said(budget.judgement)}</p>`,
      "</div>",
    ].join("");
  };
  const lines = headlines(verdict).map((line) => `<p class="soft">${text(line)}</p>`);
  return `<section><h2 class="unseen">Measures</h2><div class="cards">${measures.map(card).join("")}${lostCard(verdict)}</div>${lines.join("")}</section>`;
}

const value = (words: string | null): string =>
  words === null ? '<div class="value none">not measured</div>' : `<div class="value">${text(words)}</div>`;

function lostCard(verdict: Verdict): string {
  const byWriter = Object.entries(verdict.lostByWriter)
    .map(([writer, count]) => `${writer} ${count}`)
    .join(", ");
  const documents =
    verdict.lostDocuments === undefined || verdict.lostDocuments === null
      ? ""
      : `<p class="soft">documents lost: ${verdict.lostDocuments}</p>`;
  return `<div class="card"><h3>Transactions lost</h3>${value(verdict.lostTransactions === null ? null : String(verdict.lostTransactions))}<p class="soft">acknowledged, absent after recovery${byWriter === "" ? "" : `: ${text(byWriter)}`}</p>${documents}</div>`;
}

function findings(verdict: Verdict): string {
  if (verdict.findings.length === 0) return "<p>None.</p>";
  const items = verdict.findings.map(
    ({ id, severity, what, hint }) =>
      `<li class="${severity}"><strong>${text(id)}</strong> (${severity}): ${text(what)}${hint === undefined ? "" : `<br><span class="soft">Hint: ${text(hint)}</span>`}</li>`,
  );
  return `<ul class="findings">${items.join("")}</ul>`;
}

/** One is shown on a screen, or on paper; text of one size does not shrink with a picture. */
const gapWidths = [
  ["wide", 1000],
  ["narrow", 350],
] as const;

function gap(record: RunRecord, verdict: Verdict, loss: number | null): string {
  // A rehearsal's primary goes on after T0: only what it had acknowledged by then could be lost.
  const isRehearsed = record.facts.get("t0") !== null;
  const isLost =
    record.present === null
      ? undefined
      : lostAmong(record.present, verdict.epoch.before, isRehearsed ? (loss ?? 0) : undefined);
  const seconds = secondsAround(record.ledger?.entries ?? [], loss, verdict.rtoSeconds, isLost);
  if (seconds.length === 0) return "";
  const drawn = ([name, width]: readonly [string, number]): string =>
    `<div class="${name}">${gapChart(seconds, verdict.rtoSeconds, width)}</div>`;
  return figure(
    gapWidths.map(drawn).join(""),
    [
      `Columns: commits acknowledged in each second, heartbeats and write load together; ${record.present === null ? "which of them are lost is not known, since what is present after a recovery was not read" : "red those that are absent after the recovery"}.`,
      "Below: a dot for a user's transaction that succeeded through the public name, a triangle for one that failed. From the prober's ledger.",
      isRehearsed
        ? "The site that is rehearsed goes on: these are its own users and writers, and the copy has none of them; served is the copy's first answer under the rehearsal's name."
        : "",
    ].join(" "),
  );
}

function lag(record: RunRecord, verdict: Verdict): string {
  const points = lagOf(record);
  if (points.length === 0) return "";
  const drawn = ([name, width]: readonly [string, number]): string =>
    `<div class="${name}">${lagChart(points, width)}</div>`;
  return figure(gapWidths.map(drawn).join(""), lagWords(points, verdict));
}

function whereTimeWent(record: RunRecord, verdict: Verdict): string {
  const whole = timelineOf(record, verdict);
  const chart =
    whole.bars.length === 0
      ? "<p>No step ran.</p>"
      : figure(ganttChart(whole), "Steps, then the critical path, on the run's whole length.");
  const path = verdict.criticalPath ?? [];
  if (path.length === 0) return `${chart}${steps(verdict)}`;
  const rows = phaseRows(verdict).map((row) => row.map(measure));
  const isServed = verdict.rtoSeconds !== null;
  const resources = (verdict.upResources ?? []).filter(takesTime);
  const picture = figure(pathChart(path, resources, isServed), pathWords(isServed));
  return `${picture}${table(phaseHead, rows, true)}<p class="soft">${text(sumWords(verdict))}</p><details><summary>The whole run, step by step</summary>${chart}</details>${steps(verdict)}`;
}

function expected(part: ExpectedPart | null): string {
  if (part === null) return "";
  const rows = part.rows.map((row) => row.map(measure));
  return `${table(part.head, rows, true)}<p class="soft">${text(part.words.join(" "))}</p>`;
}

function steps(verdict: Verdict): string {
  const rows = verdict.steps.map(({ title, outcome, startMs, endMs, reason }) => [
    text(title),
    text(outcome),
    measure(offset(startMs)),
    outcome === "skipped" ? "" : measure(`${((endMs - startMs) / 1000).toFixed(1)} s`),
    text(reason ?? ""),
  ]);
  return `<details><summary>All ${rows.length} steps</summary>${prose(["step", "outcome", "started", "took", "reason"], rows, ["started", "took"])}</details>`;
}

function checks(items: Verdict["integrity"]): string {
  return prose(
    ["proof", "judgement", "detail"],
    items.map(({ id, judgement, detail }) => [text(id), said(judgement), text(detail)]),
  );
}

function restored({ backupSet, recoveredLsn, timeline: at }: Verdict): string {
  if (backupSet === null) return "<p>No backup set is proved to have been restored.</p>";
  return prose(
    ["what", "which"],
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
    measure(`${ttlSeconds ?? "?"} s`),
    text(addresses.join(", ")),
  ]);
  const after = verdict.traffic.usersAfterFirstSuccess as
    | { readonly ok: number; readonly failed: number }
    | undefined;
  const words =
    after === undefined
      ? ""
      : `<p>After the first success ${after.ok} user transactions succeeded and ${after.failed} failed.</p>`;
  return `${prose(["asked", "TTL", "answers"], rows, ["TTL", "answers"])}${words}`;
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
  return prose(["from the loss", "time", "what"], rows);
}

function trend(history: readonly HistoryPoint[], verdict: Verdict): string {
  const others = history.filter(({ id }) => id !== verdict.id);
  if (others.length === 0) return "";
  const points = [...others, pointOf(verdict)].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  return figure(
    historyChart(points, said, verdict.id),
    "Oldest first, all bars on one axis; red where the verdict was not met.",
  );
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
  return `<details><summary>${rows.length} files with their digests</summary>${prose(["file", "sha256"], rows)}</details>`;
}
