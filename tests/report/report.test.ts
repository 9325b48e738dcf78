import { describe, expect, test } from "vitest";
import { secondsInWords } from "../../report/figures.ts";
import { renderReport, renderSummary } from "../../report/files.ts";
import { table } from "../../report/table.ts";
import { fakeRun } from "../drill/fake/run.ts";
import { createFakeWorld } from "../drill/fake/world.ts";

/** Reports drawn from saved runs. What they say is the judge's; here only that it is said, first things first. */

const good = fakeRun();
const bad = fakeRun({ world: createFakeWorld({ dnsRefused: true }) });
const file = (files: Readonly<Record<string, string>>, name: string): string => files[name] ?? "";

describe("report.md", () => {
  test("the verdict comes first, and every chapter of an audit is there", async () => {
    const { record, verdict } = await good;
    const text = file(renderReport(record, verdict), "report.md");
    expect(text.split("\n")[0]).toBe("# Run r1: met");
    const chapters = [...text.matchAll(/^## (.*)$/gm)].map((match) => match[1]);
    expect(chapters).toEqual([
      "Verdict",
      "Findings",
      "Key functions",
      "Integrity",
      "How far the archive was behind",
      "Where the time went",
      "Timeline",
      "What was restored",
      "Traffic",
      "Steps",
      "What this does not prove",
      "Versions",
      "Evidence",
    ]);
    expect(text).toContain("| RTO | 25 s | target 4 h | met |");
    expect(text).toContain("| RPO | 20 s | target 15 min | met |");
    expect(text).toContain("| transactions lost | 300 |");
    expect(text).toContain("both sites share one machine");
    expect(text).toContain("| restore | 5 s | 20 % |");
    expect(text).toMatch(/They add up to the RTO, 25 s/);
    expect(text).toMatch(/Critical path: .*provision 3\.0 s → restore 5\.0 s → /);
  });

  test("what was not measured never looks like a pass", async () => {
    const { record, verdict } = await bad;
    const text = file(renderReport(record, verdict), "report.md");
    expect(text).toContain("# Run r1: MISSED");
    expect(text).toMatch(/\| RTO \| not measured \| .* \| not judged: /);
    expect(text).toMatch(/\*\*DNS_UPDATE_REFUSED\*\* \(error\)/);
    expect(text).toContain("Hint: ");
  });

  test("drawn again from the same record it is the same", async () => {
    const { record, verdict } = await good;
    expect(renderReport(record, verdict)).toEqual(renderReport(record, verdict));
  });
});

describe("gantt.svg", () => {
  test("has every step that ran and every phase, and both moments", async () => {
    const { record, verdict } = await good;
    const svg = file(renderReport(record, verdict), "gantt.svg");
    for (const step of verdict.steps.filter(({ outcome }) => outcome !== "skipped"))
      expect(svg).toContain(`>${step.id}<`);
    for (const [phase, seconds] of Object.entries(verdict.phases))
      if (seconds > 0) expect(svg).toContain(`>${phase}<`);
    expect(svg).toMatch(/>loss \+/);
    expect(svg).toMatch(/>served \+/);
    expect(svg).not.toMatch(/NaN|Infinity|width="-/);
  });
});

describe("junit.xml", () => {
  test("not judged is a failure for a pipeline", async () => {
    const { record, verdict } = await bad;
    const xml = file(renderReport(record, verdict), "junit.xml");
    expect(xml).toMatch(/name="rto"><failure type="notJudged"/);
    expect(xml).toMatch(/failures="[1-9]/);
  });
  test("a met run has none", async () => {
    const { record, verdict } = await good;
    expect(file(renderReport(record, verdict), "junit.xml")).toContain('failures="0"');
  });
});

describe("small parts", () => {
  test("seconds in words", () => {
    expect([null, 0.5, 119, 120, 900, 14_400, 3661].map(secondsInWords)).toEqual([
      "not measured",
      "0.5 s",
      "119 s",
      "2 min",
      "15 min",
      "4 h",
      "1 h 1 min 1 s",
    ]);
  });
  test("a cell cannot break its table", () => {
    expect(table(["a"], [["x | y\nz"]])).toBe("| a |\n| --- |\n| x \\| y z |");
  });
  test("the summary ends with where to read on", async () => {
    const { verdict } = await good;
    expect(renderSummary(verdict, "runs/r1").at(-1)).toBe("report: runs/r1/report.html");
  });
});
