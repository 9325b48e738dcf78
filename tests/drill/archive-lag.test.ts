import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LedgerEntry } from "../../contract/ledger.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import { archiveLag } from "../../drill/verdict/archive-lag.ts";
import { judgeRun } from "../../drill/verdict/judge.ts";
import { readRun } from "../../drill/verdict/record.ts";
import { renderReport } from "../../report/files.ts";
import { lagChart } from "../../report/html/lag-chart.ts";
import { fakeRun } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

/** How far the archive was behind, from a ledger and a listing made by hand, and through a run on fake ports; not a real archiver. */

const lossAtMs = 100_000;
const ack = (atMs: number, lsn: string, more: object = {}): LedgerEntry => ({
  seq: 0,
  prev: "",
  kind: "ack",
  writer: "heartbeat",
  epoch: 1,
  number: 1,
  sentAtMs: atMs,
  timeline: 1,
  atMs,
  lsn,
  ...more,
});
const segment = (number: number): string =>
  `0000000100000000000000${number.toString(16).padStart(2, "0").toUpperCase()}`;
const archived = (...stored: readonly (readonly [number, number])[]) => ({
  schemaVersion: 1 as const,
  epoch: 1,
  segments: stored.map(([number, storedAtMs]) => ({ segment: segment(number), storedAtMs })),
});
/** A heartbeat a second from 90 s on: those until 94 s lie in segment 5, until 97 s in 6, the later ones in 7. */
const beats = Array.from({ length: 11 }, (_, index) => {
  const number = index < 5 ? 5 : index < 8 ? 6 : 7;
  return ack(90_000 + index * 1000, `0/${number}${(index + 1).toString(16)}00000`);
});

describe("the archive's lag", () => {
  test("grows by the second, and falls when a segment is stored to what came after it", () => {
    const points = archiveLag(beats, archived([4, 80_000], [5, 96_000]), lossAtMs);
    expect(points).toEqual([
      // Until 96 s no heartbeat was archived, and nobody knows how long that had been so.
      { second: -4, behindSeconds: 2 },
      { second: -3, behindSeconds: 3 },
      { second: -2, behindSeconds: 4 },
      { second: -1, behindSeconds: 5 },
      { second: 0, behindSeconds: 6 },
    ]);
  });

  test("at the loss is what the loss takes: the newest archived heartbeat's age", () => {
    const points = archiveLag(beats, archived([5, 96_000], [6, 99_000]), lossAtMs);
    expect(points.map(({ behindSeconds }) => behindSeconds)).toEqual([2, 3, 4, 2, 3]);
  });

  test("does not count what was stored after it, nor another epoch's rows, nor the load's", () => {
    const others = [ack(94_500, "0/1", { epoch: 2 }), ack(94_600, "0/1", { writer: "load" })];
    const entries = [...beats, ...others].sort((a, b) => a.atMs - b.atMs);
    const points = archiveLag(entries, archived([5, 96_000], [6, 100_500]), lossAtMs);
    expect(points.at(-1)).toEqual({ second: 0, behindSeconds: 6 });
  });

  test("falls only when no segment before is missing: several are sent at once", () => {
    const points = archiveLag(beats, archived([5, 96_000], [6, 99_000], [7, 98_000]), lossAtMs);
    expect(points.map(({ behindSeconds }) => behindSeconds)).toEqual([2, 3, 4, 0, 0]);
    const hole = archiveLag(beats, archived([5, 96_000], [7, 98_000]), lossAtMs);
    expect(hole.at(-1)).toEqual({ second: 0, behindSeconds: 6 });
  });

  test("is not known without a listing, a loss or an archived heartbeat", () => {
    expect(archiveLag(beats, null, lossAtMs)).toEqual([]);
    expect(archiveLag(beats, archived([5, 96_000]), null)).toEqual([]);
    expect(archiveLag(beats, archived([4, 96_000]), lossAtMs)).toEqual([]);
    expect(archiveLag([], archived([5, 96_000]), lossAtMs)).toEqual([]);
  });
});

describe("a run's evidence of it", () => {
  const good = fakeRun();

  test("is in its directory, and both reports say it", async () => {
    const { record, verdict } = await good;
    expect(record.archived?.epoch).toBe(1);
    expect(record.archived?.segments.map(({ segment: name }) => name)).toContain(
      record.facts.get("newestArchived")?.segment,
    );
    expect(verdict.evidence.map(({ path }) => path)).toContain("evidence/archived.json");
    const files = renderReport(record, verdict, []);
    expect(files["report.md"]).toMatch(
      /## How far the archive was behind\n\nIn the \d.* s before the loss .* s at the loss \(target 15 min\)/,
    );
    expect(files["report.html"]?.match(/<path class="lag"/g)).toHaveLength(2);
  });

  test("is left out of the report of an older run, which has none", async () => {
    const { directory } = await fakeRun();
    rmSync(join(directory, "evidence/archived.json"));
    const record = readRun(directory);
    const files = renderReport(record, judgeRun(record), []);
    expect(files["report.md"]).toContain("## Where the time went");
    expect(`${files["report.md"]}${files["report.html"]}`).not.toMatch(/the archive was behind|class="lag"/);
  });

  test("is no reason to fail where the bucket cannot be listed any more", async () => {
    const world = createFakeWorld();
    const { s3 } = world.ports;
    let listings = 0;
    const lost: typeof s3.list = (bucket, prefix, signal) => {
      if (!prefix.includes("/archive/")) return s3.list(bucket, prefix, signal);
      listings += 1;
      return Promise.reject(new PortError("offsite store", "no answer"));
    };
    const run = await fakeRun({ world, ports: { ...world.ports, s3: { ...s3, list: lost } } });
    expect(listings).toBe(1);
    expect(run.verdict.judgement).toBe("met");
    expect(run.record.archived).toBeNull();
    expect(JSON.stringify(run.record.entries)).toContain(
      "when segments were stored is not known: offsite store: no answer",
    );
  });
});

describe("the picture of it", () => {
  test("is highest where it was worst, and ends at the loss", () => {
    const svg = lagChart(
      [
        { second: -2, behindSeconds: 1 },
        { second: -1, behindSeconds: 30 },
        { second: 0, behindSeconds: 15 },
      ],
      1000,
    );
    expect(svg).toContain('d="M44.0 138.1L516.0 24.0L988.0 83.0"');
    expect(svg).toContain(">30 s<");
    expect(svg).toContain(">-2 s<");
  });

  test("keeps the worst of the seconds that fall together", () => {
    const points = Array.from({ length: 3601 }, (_, index) => ({
      second: index - 3600,
      behindSeconds: index === 1800 ? 90 : index % 60,
    }));
    const svg = lagChart(points, 350);
    expect(svg).toContain(">90 s<");
    expect(svg.length).toBeLessThan(6000);
  });
});
