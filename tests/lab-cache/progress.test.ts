/** What a person reads while the lab is built. Does not prove: how a terminal shows the escape sequences. */
import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { createProgress, type ProgressEvent } from "../../lab/progress/index.ts";
import { sayDuration } from "../../lab/progress/words.ts";

function sink(): Writable & { text(): string } {
  let text = "";
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  return Object.assign(stream, { text: () => text });
}

const events: ProgressEvent[] = [
  { kind: "note", id: "plan", title: "to build, 2 of 3: a, b" },
  { kind: "start", id: "a", title: "Kubernetes 1.36.3", expectedMs: 316_000 },
  { kind: "start", id: "b", title: "image odoo" },
  { kind: "note", id: "b", title: "image odoo", message: "packing the layer" },
  { kind: "done", id: "a", title: "Kubernetes 1.36.3", ms: 9_400 },
  { kind: "reused", id: "c", title: "CoreDNS" },
  { kind: "failed", id: "b", title: "image odoo", ms: 61_000, message: "no route" },
];

test("plain: one line an event, with last time's duration, without a control character", () => {
  const stream = sink();
  const progress = createProgress({ stream });
  for (const event of events) progress.report(event);
  progress.close();
  progress.report({ kind: "reused", id: "late", title: "after the end" });
  expect(stream.text().split("\n")).toEqual([
    "        to build, 2 of 3: a, b",
    "start   Kubernetes 1.36.3 (last time 5 min 16 s)",
    "start   image odoo (first time here)",
    "        image odoo: packing the layer",
    "done    Kubernetes 1.36.3 (9.4 s)",
    "reused  CoreDNS",
    "FAILED  image odoo (1 min 01 s): no route",
    "",
  ]);
  expect(stripVTControlCharacters(stream.text())).toBe(stream.text());
});

test("what is there is said once, but a new build or a failure of it always", () => {
  const stream = sink();
  const progress = createProgress({ stream });
  const kinds = ["start", "done", "reused", "reused", "start", "failed"] as const;
  for (const kind of kinds) progress.report({ kind, id: "a", title: "a" });
  progress.report({ kind: "reused", id: "b", title: "b" });
  progress.close();
  const words = stream
    .text()
    .split("\n")
    .map((line) => line.split(/ +/).slice(0, 2).join(" "));
  expect(words).toEqual(["start a", "done a", "start a", "FAILED a", "reused b", ""]);
});

test("a stream that is no terminal gets plain lines, a terminal gets the list", () => {
  const pipe = sink();
  const terminal = Object.assign(sink(), { isTTY: true, columns: 60 });
  for (const stream of [pipe, terminal]) {
    const progress = createProgress({ stream });
    for (const event of events) progress.report(event);
    progress.close();
  }
  expect(pipe.text()).not.toContain("\x1b");
  const seen = stripVTControlCharacters(terminal.text());
  for (const line of [
    "✔ Kubernetes 1.36.3  9.4 s",
    "✔ CoreDNS  already there",
    "✘ image odoo  1 min 01 s  no route",
  ]) {
    expect(seen).toContain(line);
  }
  expect(terminal.text().endsWith("\x1b[?25h")).toBe(true); // the cursor is given back
});

test("a terminal's redrawn lines never wrap: a wrapped one would be left behind by the next redraw", () => {
  const terminal = Object.assign(sink(), { isTTY: true, columns: 30 });
  const progress = createProgress({ stream: terminal });
  progress.report({ kind: "start", id: "a", title: "a title that is much longer than the terminal is wide" });
  progress.close();
  const widths = stripVTControlCharacters(terminal.text())
    .split("\n")
    .map((line) => line.length);
  expect(Math.max(...widths)).toBeLessThan(30);
  expect(Math.max(...widths)).toBeGreaterThan(10);
});

test.each([
  [0, "0.0 s"],
  [9_940, "9.9 s"],
  [9_999, "10 s"],
  [59_400, "59 s"],
  [59_900, "1 min 00 s"],
  [316_000, "5 min 16 s"],
])("%i ms is said as %s", (ms, words) => {
  expect(sayDuration(ms)).toBe(words);
});
