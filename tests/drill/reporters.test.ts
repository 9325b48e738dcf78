import { describe, expect, test } from "vitest";
import { createJsonReporter } from "../../drill/reporters/json.ts";
import { createPlainReporter } from "../../drill/reporters/plain.ts";
import { createTerminalReporter } from "../../drill/reporters/terminal.ts";
import { fakeRun } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

/** Every renderer over the same two runs, a good one and a bad one. How a terminal looks is not judged here. */

const good = fakeRun();
const bad = fakeRun({ world: createFakeWorld({ dnsRefused: true }) });

function plain(events: Awaited<typeof good>["events"]): string {
  const lines: string[] = [];
  const report = createPlainReporter((line) => lines.push(line));
  for (const event of events) report(event);
  report({ kind: "finished", lines: ["verdict: met"] });
  return lines.join("\n");
}

function terminal(events: Awaited<typeof good>["events"], columns = 200, rows = 50): string {
  let text = "";
  const { onEvent, tick } = createTerminalReporter(
    {
      write: (part) => {
        text += part;
      },
      columns,
      rows,
    },
    () => 61_000,
  );
  for (const event of events) {
    onEvent(event);
    tick();
  }
  onEvent({ kind: "finished", lines: ["verdict: met"] });
  return text;
}

describe("plain", () => {
  test("each step has its start with the usual time, and its end with the real one", async () => {
    const text = plain((await good).events);
    expect(text).toMatch(/^start {3}activate: Activate: .* \(about 45 s\)$/m);
    expect(text).toMatch(/^ok {6}activate after 26 s$/m);
    expect(text).toMatch(/^skipped plant: none was asked for$/m);
    expect(text).toMatch(/^undo {4}lease: done$/m);
    expect(text).not.toContain("\u001b");
    expect(text.endsWith("verdict: met")).toBe(true);
  });
  test("a failure has its reason and its finding on lines of their own", async () => {
    const text = plain((await bad).events);
    expect(text).toMatch(/^FAILED {2}activate after .*UP_FAILED/m);
    expect(text).toMatch(/^finding diagnose: error: DNS_UPDATE_REFUSED/m);
  });
});

describe("terminal", () => {
  test("shows elapsed and usual time, and what is to come", async () => {
    const text = terminal((await good).events);
    expect(text).toMatch(/> Third place is up \(1 min 01 s of about 2\.0 s\)/);
    expect(text).toMatch(/\d+ to come, next: This is the only run/);
    expect(text).toContain("verdict: met");
  });
  test("never draws wider or taller than the screen", async () => {
    const text = terminal((await bad).events, 60, 4);
    const live = text
      .split("\u001b[0J")
      .map((part) => part.split("\n").filter((line) => line.startsWith("  > ") || line.startsWith("    ")));
    for (const lines of live) {
      expect(lines.length).toBeLessThan(4);
      for (const line of lines) expect(line.length).toBeLessThan(60);
    }
  });
});

describe("json", () => {
  test("every event is one line", async () => {
    const lines: string[] = [];
    const report = createJsonReporter((line) => lines.push(line));
    const { events } = await bad;
    for (const event of events) report(event);
    expect(lines.map((line) => JSON.parse(line))).toEqual(events);
  });
});
