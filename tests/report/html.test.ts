// report.html from saved runs: that it says what the verdict says, in that order, and asks nobody for anything. How it
// looks is seen with a browser, not here.
import { describe, expect, test } from "vitest";
import type { LedgerEntry } from "../../contract/ledger.ts";
import { renderReport } from "../../report/files.ts";
import { renderHistory } from "../../report/history.ts";
import { gapChart } from "../../report/html/gap-chart.ts";
import { type HistoryPoint, historyChart } from "../../report/html/history-chart.ts";
import { renderHtml } from "../../report/html/page.ts";
import { secondsAround } from "../../report/html/seconds.ts";
import { fakeRun } from "../drill/fake/run.ts";
import { createFakeWorld } from "../drill/fake/world.ts";

const good = fakeRun();
const bad = fakeRun({ world: createFakeWorld({ dnsRefused: true }) });

const titles = (html: string): readonly (string | undefined)[] =>
  [...html.matchAll(/<h2>([^<]*)<\/h2>/g)].map((match) => match[1]);

const earlier: readonly HistoryPoint[] = [
  { id: "r-1", startedAt: "2026-01-01T00:00:00.000Z", judgement: "met", rtoSeconds: 40, rpoSeconds: 10 },
  { id: "r-2", startedAt: "2026-01-02T00:00:00.000Z", judgement: "missed", rtoSeconds: null, rpoSeconds: 30 },
];

describe("report.html", () => {
  test("says the verdict first, then every chapter that a report has", async () => {
    const { record, verdict } = await good;
    const html = renderReport(record, verdict, earlier)["report.html"] ?? "";
    expect(html.indexOf("<h1>")).toBeLessThan(html.indexOf("<h2>"));
    expect(html).toMatch(
      /<h1><span class="judgement met"><span aria-hidden="true">✓<\/span> met<\/span> <span class="run">Run r1<\/span><\/h1>/,
    );
    expect(html).toMatch(/<h3>RTO<\/h3><div class="value">25 s<\/div>/);
    expect(html).toMatch(/<h3>RPO<\/h3><div class="value">20 s<\/div>/);
    expect(html).toMatch(/<h3>Transactions lost<\/h3><div class="value">300<\/div>/);
    expect(titles(html)).toEqual([
      "Findings",
      "What users and writers got",
      "How far the archive was behind",
      "Where the time went",
      "Key functions",
      "Integrity",
      "What was restored",
      "Traffic",
      "Timeline",
      "Earlier runs",
      "What this does not prove",
      "Versions",
      "Evidence",
    ]);
  });

  test("never lets what was not measured look like a pass", async () => {
    const { record, verdict } = await bad;
    const html = renderHtml(record, verdict);
    expect(html).toMatch(/<h1><span class="judgement missed">.*Run r1/);
    expect(html).toMatch(/<h3>RTO<\/h3><div class="value none">not measured<\/div>/);
    expect(html).toContain('<span class="judgement notJudged"><span aria-hidden="true">?</span> not judged');
    expect(html).toContain("DNS_UPDATE_REFUSED");
    expect(titles(html)).not.toContain("Earlier runs");
  });

  test("draws no service where nobody was served, and calls nothing kept that was not looked for", async () => {
    const { record, verdict } = await bad;
    const html = renderHtml({ ...record, present: null }, verdict);
    expect(html).toContain("the last thing that was seen: nobody was served");
    expect(html).not.toMatch(/class="(moment|key) served"|<line class="served"/);
    expect(html).toContain("which of them are lost is not known");
    expect(html).not.toContain('<rect class="lost"');
  });

  test("marks what was lost, and where users were served again", async () => {
    const { record, verdict } = await good;
    const html = renderHtml(record, verdict);
    expect(html).toMatch(/class="moment served"/);
    expect(html).toContain('<rect class="lost"');
    expect(html).not.toMatch(/nobody was served|is not known, since/);
  });

  test("names what is unmet above everything else, and counts the rest", async () => {
    const { record, verdict } = await bad;
    const head = renderHtml(record, verdict).match(/<header>.*<\/header>/)?.[0] ?? "";
    expect(head).toMatch(/MISSED<\/span>: UP_FAILED, DNS_UPDATE_REFUSED/);
    expect(head).toMatch(/not judged<\/span>: RTO, .* and \d+ more/);
    const again = { ...verdict, findings: [...verdict.findings, ...verdict.findings] };
    expect(renderHtml(record, again)).toMatch(/MISSED<\/span>: UP_FAILED \(2 times\), DNS_UPDATE_REFUSED/);
    const { record: met, verdict: metVerdict } = await good;
    expect(renderHtml(met, metVerdict).match(/<header>.*<\/header>/)?.[0]).not.toContain("<p>");
  });

  test("needs no network, no script and no other file", async () => {
    const { record, verdict } = await good;
    const html = renderHtml(record, verdict, earlier);
    expect(html).not.toMatch(/<script|<link|<img|@import|url\(|src=|href=/);
  });

  test("gives every picture a title, every column a head, and no number that is none", async () => {
    const { record, verdict } = await good;
    const html = renderHtml(record, verdict, earlier);
    // The gap and the archive's lag, each for a wide page and for a phone; the other charts are lists.
    expect(html.match(/<svg[^>]*>/g)).toHaveLength(4);
    expect(html.match(/<svg[^>]*role="img"[^>]*><title>[^<]+<\/title>/g)).toHaveLength(4);
    expect(html.match(/<ol class="(bars|runs)" aria-label="[^"]+">/g)).toHaveLength(3);
    expect(html).not.toMatch(/<th scope="col"[^>]*><\/th>/);
    expect(html).not.toMatch(/<th>|NaN|Infinity|undefined|width="-/);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
  });

  test("shows what a run said as text, whatever it said", async () => {
    const { record, verdict } = await good;
    const evil = '<script>alert("x")</script>';
    const html = renderHtml(record, {
      ...verdict,
      operator: evil,
      findings: [{ id: "X", severity: "note", what: evil, hint: evil }],
      keyFunctions: [{ id: evil, judgement: "met", detail: evil }],
      simulated: [evil],
    });
    expect(html).not.toContain("<script>");
    expect(html.match(/&lt;script&gt;/g)?.length).toBeGreaterThanOrEqual(6);
  });

  test("drawn again it is the same", async () => {
    const { record, verdict } = await good;
    expect(renderHtml(record, verdict, earlier)).toBe(renderHtml(record, verdict, earlier));
  });
});

describe("the gap, second by second", () => {
  const at = (seconds: number, ok: boolean): LedgerEntry => ({
    seq: 1,
    prev: "",
    kind: "user",
    ok,
    atMs: 100_000 + seconds * 1000,
    sentAtMs: 100_000,
    address: null,
    epoch: null,
    site: null,
    recordId: null,
    error: null,
  });

  test("counts each entry in its second, from 20 before the loss to 20 after the service", () => {
    const seconds = secondsAround(
      [at(-25, true), at(-0.5, true), at(0.5, false), at(9.9, true)],
      100_000,
      10,
    );
    expect(seconds[0]?.second).toBe(-20);
    expect(seconds.at(-1)?.second).toBe(29);
    expect(seconds.filter(({ usersServed }) => usersServed > 0).map(({ second }) => second)).toEqual([-1, 9]);
    expect(seconds.filter(({ usersFailed }) => usersFailed > 0).map(({ second }) => second)).toEqual([0]);
  });

  test("is empty without a loss, and ends with the ledger where nobody was served", () => {
    expect(secondsAround([at(0, true)], null, null)).toEqual([]);
    expect(secondsAround([at(41.2, false)], 100_000, null).at(-1)?.second).toBe(41);
  });
});

describe("the picture of the gap", () => {
  const second = (at: number, commits: number, lostCommits = 0) => ({
    second: at,
    commits,
    lostCommits,
    usersServed: 0,
    usersFailed: 0,
  });

  test("tells what was lost from what was kept, on one column", () => {
    const svg = gapChart([second(-2, 10), second(-1, 10, 4), second(0, 0)], 1, 1000);
    const heights = (name: string): readonly number[] =>
      [...svg.matchAll(new RegExp(`<rect class="${name}"[^>]* height="([0-9.]+)"`, "g"))].map(([, height]) =>
        Number(height),
      );
    expect(heights("bar")).toHaveLength(2);
    expect(heights("lost")).toHaveLength(1);
    expect((heights("bar")[1] ?? 0) / (heights("lost")[0] ?? 1)).toBeCloseTo(1.5, 1);
  });

  test("takes the seconds of a long outage together, and keeps the height of a second", () => {
    const seconds = Array.from({ length: 14_440 }, (_, index) =>
      second(index - 20, index % 2 === 0 ? 30 : 10),
    );
    const svg = gapChart(seconds, 14_400, 350);
    expect(svg.match(/<rect/g)?.length).toBeLessThanOrEqual(240);
    expect(svg).toContain(">20/s<");
    expect(svg.length).toBeLessThan(40_000);
  });
});

describe("history", () => {
  test("has a line a run, a bar a number, and says where there is none", () => {
    const text = renderHistory(earlier);
    expect(text.split("\n").filter(Boolean)).toHaveLength(2);
    expect(text).toMatch(/^2026-01-01 00:00 {2}r-1 {2}met {7} {2}RTO {9}40 s █{24} {2}RPO {9}10 s █{8}$/m);
    expect(text).toMatch(/r-2 {2}MISSED .*not measured/);
    expect(renderHistory([])).toContain("no run yet");
  });

  test("draws a pair a run, and a mark for a number that is missing", () => {
    const drawn = historyChart(earlier, (judgement) => judgement, "r-2");
    expect(drawn.match(/<span class="bar" /g)).toHaveLength(1);
    expect(drawn.match(/<span class="bar2" /g)).toHaveLength(2);
    expect(drawn).toContain(
      '<span class="label">RTO</span><span class="track"></span><span class="took">not measured</span>',
    );
    expect(drawn).toMatch(/<li aria-current="true"><p>missed .*r-2 \(this run\)/);
  });

  test("a run that was missed has its RTO in another colour", () => {
    const missed = earlier.map((point) => ({ ...point, judgement: "missed" as const }));
    expect(historyChart(missed, (judgement) => judgement, "")).toContain('<span class="failed" ');
  });

  test("in a narrow terminal the bars are shorter, and a line is no longer than it", () => {
    const lines = renderHistory(earlier, 100).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(renderHistory(earlier, 100)).toMatch(/RPO {9}30 s █+$/m);
  });
});
