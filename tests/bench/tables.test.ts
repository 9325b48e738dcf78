import { describe, expect, test } from "vitest";
import { renderMarkdown, renderTerminal } from "../../bench/tables.ts";
import { bench, met, slower } from "./results.ts";

/** How a result is shown. */

describe("tables", () => {
  test("Markdown: median, spread, rate, ratio and count stand beside each other", () => {
    const text = renderMarkdown(bench);
    expect(text).toContain("| holdfast: full backup | 13.90 | 13.90-13.90 | 27.8 | 151 | 1200 | 1.00 | 3 |");
    expect(text).toContain("| plain copy | 5.10 | 5.10-5.10 |  | 412 |  | 1.02 | 3 |");
    expect(text).toContain("| holdfast: a backlog of WAL drained | 3.00 | 3.00-3.00 | 6.0 | 10.7 |");
    // Beside the full's median: another group.
    expect(text).toMatch(/1 % of the rows in a row \| 1\.30 \|.* 100 \| 0\.09 \| 3 \|/);
  });

  test("what a reader must know is in the header: machine, load, data, options, versions", () => {
    for (const text of [renderMarkdown(bench), renderTerminal(bench)]) {
      for (const word of [
        "2 cores",
        "24 GiB",
        "load 0.10",
        "/dev/urandom",
        "process-max 2",
        "PostgreSQL 18.6",
      ])
        expect(text).toContain(word);
    }
  });

  test("a missed target stands out, and caches that stayed warm are said", () => {
    const text = renderTerminal({ ...bench, coldCaches: false, sizes: [slower(met, "restore", 1.1)] });
    expect(text).toMatch(/restore against a plain copy +1\.08 x +<= 1\.00 x +MISSED/);
    expect(text).toContain("COULD NOT BE DROPPED");
  });

  test("a failure is told in both, on one line in Markdown", () => {
    const failed = { ...met, failures: [{ thing: "unpack", reason: "no zstd\nat all" }] };
    expect(renderMarkdown({ ...bench, sizes: [failed] })).toContain(
      "- unpack could not be measured: no zstd; at all",
    );
    expect(renderTerminal({ ...bench, sizes: [failed] })).toContain("unpack could not be measured");
  });
});
