// `holdfast budget` on folders of runs: its arguments, what it reads, its status. The model is tests/plan's.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { parseBudgetFlags } from "../../cli/budget/arguments.ts";
import { readPastRuns } from "../../cli/budget/history.ts";
import { samplesOf } from "../../plan/forecast.ts";
import { fakeRun } from "../drill/fake/run.ts";

const main = join(import.meta.dirname, "..", "..", "cli", "main.ts");
const budget = (...args: string[]) => execa(process.execPath, [main, "budget", ...args], { reject: false });

let runs: string;
beforeAll(async () => {
  runs = mkdtempSync(join(tmpdir(), "holdfast-budget-"));
  const { directory, verdict } = await fakeRun();
  mkdirSync(join(runs, "torn"));
  writeFileSync(join(runs, "torn", "verdict.json"), '{"half');
  // As a run leaves them.
  cpSync(directory, join(runs, verdict.id), { recursive: true });
  writeFileSync(join(runs, verdict.id, "verdict.json"), JSON.stringify(verdict));
});
afterAll(() => rmSync(runs, { recursive: true, force: true }));

const answer = z.object({
  stack: z.string(),
  forecast: z.object({
    rates: z.object({ source: z.string(), runs: z.array(z.string()) }),
    sizes: z.array(z.object({ databaseBytes: z.number(), rtoSeconds: z.number() })),
  }),
  outOfReach: z.array(z.string()),
});

describe("holdfast budget", () => {
  test("reckons with what a run measured and moved", async () => {
    const { exitCode, stdout } = await budget("--json", "--dir", runs);
    expect(exitCode).toBe(0);
    const { stack, forecast } = answer.parse(JSON.parse(stdout));
    expect(stack).toBe("dr");
    expect(forecast.rates).toMatchObject({ source: "history", runs: ["r1"] });
    expect(forecast.sizes[0]).toMatchObject({ databaseBytes: 1.6e9, rtoSeconds: 25 });
  });

  test("a target out of reach is a warning, and status 1 only where --strict asks for it", async () => {
    const far = ["--size", "900Ti", "--dir", runs];
    const [lenient, strict] = await Promise.all([budget(...far), budget(...far, "--strict")]);
    expect([lenient.exitCode, strict.exitCode]).toEqual([0, 1]);
    expect(lenient.stdout).toMatch(/^out of reach: RTO: /m);
  });

  test("a wrong argument is status 2, with what is allowed", async () => {
    const { exitCode, stderr } = await budget("--size", "100GB");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("ARGUMENT_INVALID");
    expect(stderr).toContain("100GB");
  });
});

describe("parseBudgetFlags", () => {
  test.each([
    [{ stack: "offsite" }, /no such site/],
    [{ stack: "dr", size: "1Gi", sizeBytes: "1" }, /given twice/],
    [{ stack: "dr", sizeBytes: "0" }, /number of bytes/],
    [{ stack: "dr", sizeBytes: "1e9" }, /number of bytes/],
    [{ stack: "dr", wal: "-1Gi" }, /--wal is not a size/],
  ])("refuses %j", (flags, message) => {
    expect(() => parseBudgetFlags(flags)).toThrow(message);
  });

  test("takes bytes and sizes", () => {
    expect(parseBudgetFlags({ stack: "primary", sizeBytes: "5", wal: "1Mi" })).toEqual({
      stack: "primary",
      asked: { databaseBytes: 5, walBytes: 2 ** 20 },
    });
  });
});

test("readPastRuns leaves out what cannot be read, and a folder that is not there is no run", () => {
  expect(samplesOf(readPastRuns(runs)).map(({ run }) => run)).toEqual(["r1"]);
  expect(readPastRuns(join(runs, "nowhere"))).toEqual([]);
});
