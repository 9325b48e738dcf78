import type { Page } from "playwright-core";

/** Questions to a page, asked inside it. As text: the project's types know no browser, and should not. */

/** What reaches beyond the page on the right, as the beginnings of its tags. */
export function tooWide(page: Page): Promise<readonly string[]> {
  return page.evaluate(`[
    ...(document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : []),
    ...[...document.querySelectorAll("body *")]
      .filter((element) => {
        const { width, right } = element.getBoundingClientRect();
        return width > 0 && right > innerWidth + 0.5;
      })
      .map((element) => element.outerHTML.slice(0, 100)),
  ]`);
}

export function openDetails(page: Page): Promise<void> {
  return page.evaluate(`for (const details of document.querySelectorAll("details")) details.open = true;`);
}

/** Of every heading, in the order of the page. */
export function headingLevels(page: Page): Promise<readonly number[]> {
  return page.evaluate(
    `[...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map(({ tagName }) => Number(tagName[1]))`,
  );
}

/** As rgb(red, green, blue). */
export function paperColour(page: Page): Promise<string> {
  return page.evaluate(`getComputedStyle(document.body).backgroundColor`);
}

/** Of the cells in what can be opened, how many are there and how many are not to be seen. */
export function hiddenCells(page: Page): Promise<{ readonly cells: number; readonly hidden: number }> {
  return page.evaluate(`(() => {
    const cells = [...document.querySelectorAll("details td")];
    const hidden = cells.filter((cell) => !cell.checkVisibility({ contentVisibilityAuto: true }));
    return { cells: cells.length, hidden: hidden.length };
  })()`);
}

/** Size in pixels as seen, pictures' scale included, of every piece of text in a figure. */
export function figureTextSizes(page: Page): Promise<readonly number[]> {
  return page.evaluate(`[...document.querySelectorAll("figure text, figure span, figure p")]
    .filter((element) => element.textContent !== "" && element.getBoundingClientRect().width > 0)
    .map((element) => {
      const svg = element.closest("svg");
      const scale = svg === null ? 1 : svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
      return Number.parseFloat(getComputedStyle(element).fontSize) * scale;
    })`);
}

export interface DrawnRun {
  readonly words: string;
  /** Beside its bars. */
  readonly took: readonly string[];
  /** Of its bars, in pixels. */
  readonly widths: readonly number[];
}

/** The trend, run by run. */
export function drawnRuns(page: Page): Promise<readonly DrawnRun[]> {
  return page.evaluate(`[...document.querySelectorAll(".runs li")].map((run) => ({
    words: run.querySelector("p")?.textContent ?? "",
    took: [...run.querySelectorAll(".took")].map((each) => each.textContent),
    widths: [...run.querySelectorAll(".track > span")].map((bar) => bar.getBoundingClientRect().width),
  }))`);
}
