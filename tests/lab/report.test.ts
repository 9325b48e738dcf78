// report.html in a real browser, at a phone's width and a desk's, light, dark and printed: axe finds nothing, nothing
// is wider than the page, nobody is asked for anything. Needs Chromium's tree, not the running lab. Does not prove
// that it is good to look at: somebody looks at it.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Verdict } from "../../contract/verdict.ts";
import { chromiumRoot } from "../../lab/images/chromium-root.ts";
import { silentProgress } from "../../lab/progress/index.ts";
import { renderHtml } from "../../report/html/page.ts";
import { type FakeRun, fakeRun } from "../drill/fake/run.ts";
import { createFakeWorld } from "../drill/fake/world.ts";
import { type OpenBrowser, openBrowser } from "./support/browser.ts";
import {
  drawnRuns,
  figureTextSizes,
  headingLevels,
  hiddenCells,
  openDetails,
  paperColour,
  tooWide,
} from "./support/in-page.ts";

const phone = { width: 390, height: 844 } as const;
const desk = { width: 1280, height: 900 } as const;
type Screen = typeof phone | typeof desk;
const views = [phone, desk].flatMap((screen) =>
  (["light", "dark"] as const).map((scheme) => ({ screen, scheme, name: `${screen.width} px, ${scheme}` })),
);
/** Each width and each scheme once: of reports whose parts the others have too. */
const fewViews = views.filter(({ screen, scheme }) => (screen === phone) === (scheme === "dark"));

let open: OpenBrowser;
beforeAll(async () => {
  open = await openBrowser((await chromiumRoot({ progress: silentProgress })).path);
});
afterAll(() => open?.close());

/** Four runs before it, one of them missed and one without a number. */
const earlier = [40, null, 95.5, 44].map((rtoSeconds, index) => ({
  id: `r-${index}`,
  startedAt: `2026-01-0${index + 1}T00:00:00.000Z`,
  judgement: index === 1 ? ("missed" as const) : ("met" as const),
  rtoSeconds,
  rpoSeconds: rtoSeconds === null ? null : 10 + index,
}));

const htmlOf = ({ record, verdict }: FakeRun): string => renderHtml(record, verdict, earlier);

function rehearsedRun(): Promise<FakeRun> {
  const world = createFakeWorld();
  world.inProduction();
  return fakeRun({ world, named: "rehearsal" });
}

async function interruptedRun(): Promise<FakeRun> {
  const controller = new AbortController();
  return fakeRun({
    signal: controller.signal,
    onEvent: (event) => {
      if ("step" in event && event.step === "activate") controller.abort();
    },
  });
}

/** A run of which every list is long, and every name that a person or a cloud chooses. */
async function longRun(): Promise<string> {
  const { record, verdict } = await fakeRun({ world: createFakeWorld({ dnsRefused: true }) });
  const name = "a-name-without-a-blank-that-nobody-chose-with-a-telephone-in-mind".repeat(2);
  const long: Verdict = {
    ...verdict,
    id: name,
    operator: `${name}@${name}`,
    rtoSeconds: 14_000_000,
    rto: { judgement: "missed", reason: `${name} answered` },
    findings: (["error", "warning", "note"] as const).flatMap((severity) =>
      Array.from({ length: 8 }, (_, index) => ({
        id: `${name}_${index}`,
        severity,
        what: `s3://${name}/${name}`,
        hint: `holdfast status --${name}`,
      })),
    ),
    keyFunctions: (["met", "missed", "notJudged"] as const).map((judgement) => ({
      id: `${name}.${judgement}`,
      judgement,
      detail: `https://${name}/${name}`,
    })),
    criticalPath: [{ phase: "restore", startSeconds: 0, endSeconds: 14_000_000 }],
    upResources: [{ name: `Deployment ${name}`, startSeconds: 1, endSeconds: 9000, slackSeconds: 0 }],
    backupSet: { label: name, type: "incr", repository: name, stoppedAt: "2026-01-01T00:00:00Z" },
    versions: { [name]: name },
    standIns: [name],
    evidence: [{ path: `evidence/${name}.json`, sha256: "0".repeat(64) }],
  };
  return renderHtml(record, long, [...earlier, { ...earlier[0], id: name } as (typeof earlier)[number]]);
}

const reports = {
  met: async () => htmlOf(await fakeRun()),
  missed: async () => htmlOf(await fakeRun({ world: createFakeWorld({ dnsRefused: true }) })),
  rehearsal: async () => htmlOf(await rehearsedRun()),
  interrupted: async () => htmlOf(await interruptedRun()),
  long: longRun,
} as const;

const kinds = [
  "met",
  "missed",
  "rehearsal",
  "interrupted",
  "long",
] as const satisfies readonly (keyof typeof reports)[];

/** What stands at the top of each, so that it is the report of the run that it is said to be. */
const verdicts: Readonly<Record<keyof typeof reports, string>> = {
  met: "✓ met",
  missed: "✗ MISSED",
  rehearsal: "✓ met",
  interrupted: "? not judged",
  long: "✗ MISSED",
};

/** Shows a page as if it lay on the web, where it could ask for more; `asked` are the addresses that it did ask for. */
async function show(
  html: string,
  screen: Screen,
  scheme: "light" | "dark",
): Promise<{ readonly page: Page; readonly asked: readonly string[]; close(): Promise<void> }> {
  const context = await open.browser.newContext({ viewport: screen, colorScheme: scheme });
  context.setDefaultTimeout(120_000);
  const page = await context.newPage();
  const asked: string[] = [];
  const own = "http://report.invalid/report.html";
  await page.route("**/*", (route) => {
    const url = route.request().url();
    if (url === own) return route.fulfill({ contentType: "text/html; charset=utf-8", body: html });
    asked.push(url);
    return route.abort();
  });
  await page.goto(own);
  return { page, asked, close: () => context.close() };
}

describe.each(kinds)("the report of a run: %s", (kind) => {
  let html: string;
  beforeAll(async () => {
    html = await reports[kind]();
  });

  test.each(kind === "interrupted" || kind === "long" ? fewViews : views)(
    "$name",
    async ({ screen, scheme }) => {
      const { page, asked, close } = await show(html, screen, scheme);
      expect(await page.locator("h1 .judgement").textContent()).toBe(verdicts[kind]);
      // Without a touch: the verdict, and the first measure where names leave room for it.
      for (const first of kind === "long" ? ["h1 .judgement"] : ["h1 .judgement", ".card .value"]) {
        const box = await page.locator(first).first().boundingBox();
        expect((box?.y ?? Number.NaN) + (box?.height ?? 0), first).toBeLessThan(screen.height);
      }
      expect(await tooWide(page)).toEqual([]);
      await openDetails(page);
      expect(await tooWide(page)).toEqual([]);
      const { violations } = await new AxeBuilder({ page })
        .setLegacyMode(true) // no second page to gather frames, of which there are none
        .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
        .analyze();
      expect(violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html)])).toEqual([]);
      expect(asked).toEqual([]);
      await close();
    },
  );

  test("headings in order, one title, and on paper it is light and open", async () => {
    const { page, close } = await show(html, desk, "dark");
    const levels = await headingLevels(page);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [index, level] of levels.entries()) expect(level - (levels[index - 1] ?? 0)).toBeLessThan(2);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await paperColour(page)).toBe("rgb(255, 255, 255)");
    const { cells, hidden } = await hiddenCells(page);
    expect(cells).toBeGreaterThan(0);
    expect(hidden).toBe(0);
    await close();
  });
});

test("its charts can be read on a phone: no text is smaller than 11 px", async () => {
  const { page, close } = await show(await reports.met(), phone, "light");
  await openDetails(page);
  const sizes = await figureTextSizes(page);
  expect(sizes.length).toBeGreaterThan(20);
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11);
  await close();
});

test("five runs, one of them missed, are a trend: bars as long as their numbers, the missing one said", async () => {
  const { page, close } = await show(await reports.met(), desk, "light");
  const runs = await drawnRuns(page);
  expect(runs).toHaveLength(5);
  expect(runs[1]?.words).toContain("✗ MISSED");
  expect(runs[1]?.took).toEqual(["not measured", "not measured"]);
  expect(runs[1]?.widths).toEqual([]);
  expect((runs[2]?.widths[0] ?? 0) / (runs[0]?.widths[0] ?? 1)).toBeCloseTo(95.5 / 40, 1);
  await close();
});
