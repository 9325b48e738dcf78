// The forecast of a size that was never seen: real backups and restores of 1, 4 and 8 GB on the lab, by the bench's
// generator and pod. Outside CI: a quarter of an hour and 30 GB. Shows the part that grows with the database; the
// fixed phases are a drill's, and WAL's rate is the drills' own errors' to show.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { defaultRates } from "../../config/recovery-model.ts";
import { errorPercent, type RateSample, ratesFrom } from "../../plan/forecast.ts";

const repositoryRoot = join(import.meta.dirname, "..", "..");
const seen = [1, 4] as const;
const unseen = 8;
const mostPercent = 25;

const resultSchema = z.object({
  sizes: z.array(
    z.object({
      gigabytes: z.number(),
      rawBytes: z.number(),
      samples: z.array(z.object({ thing: z.string(), round: z.number(), seconds: z.number() })),
      failures: z.array(z.object({ thing: z.string(), reason: z.string() })),
    }),
  ),
});
type Size = z.infer<typeof resultSchema>["sizes"][number];

let folder: string;
let sizes: readonly Size[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-sizes-"));
  const list = [...seen, unseen].join(",");
  const words = ["bench", "--size", list, "--only", "restore", "--repetitions", "3", "--slow", "0"];
  const bench = await execa(join(repositoryRoot, "holdfast"), [...words, "--dir", folder], {
    reject: false,
    stderr: ["pipe", "inherit"],
  });
  const file = readdirSync(folder).find((name) => name.endsWith(".json"));
  expect(file, `bench ended with ${bench.exitCode}: ${bench.stderr.slice(-500)}`).toBeDefined();
  sizes = resultSchema.parse(JSON.parse(readFileSync(join(folder, file ?? ""), "utf8"))).sizes;
}, 2_400_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sizeOf = (gigabytes: number): Size => {
  const found = sizes.find((size) => size.gigabytes === gigabytes);
  if (found === undefined) throw new Error(`the bench has no ${gigabytes} GB`);
  return found;
};

const restores = (size: Size): readonly number[] =>
  size.samples.filter(({ thing }) => thing === "restore").map(({ seconds }) => seconds);

/** Each restore as a run that has measured nothing else. */
const samplesOf = (gigabytes: number): readonly RateSample[] => {
  const size = sizeOf(gigabytes);
  return restores(size).map((restore, index) => ({
    run: `${gigabytes}-${index}`,
    databaseBytes: size.rawBytes,
    walBytes: 1,
    phases: { restore },
    rtoSeconds: restore,
    rpoSeconds: null,
  }));
};

function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

describe("restores of 1, 4 and 8 GB", () => {
  test.each([...seen, unseen])("%i GB: three of them, of that size", (gigabytes) => {
    const size = sizeOf(gigabytes);
    expect(size.failures).toEqual([]);
    expect(restores(size)).toHaveLength(3);
    expect(size.rawBytes).toBeGreaterThan(gigabytes * 0.9e9);
    expect(size.rawBytes).toBeLessThan(gigabytes * 1.2e9);
  });

  test(`the forecast from 1 and 4 GB is within ${mostPercent} % on 8 GB, which it has not seen`, () => {
    const { rates } = ratesFrom(
      seen.flatMap((gigabytes) => samplesOf(gigabytes)),
      defaultRates({ restoreBytesPerSecond: 1, ttlSeconds: 5 }),
    );
    const { rawBytes } = sizeOf(unseen);
    const forecast = rates.restore.fixedSeconds + rawBytes / rates.restore.bytesPerSecond;
    const measured = median(restores(sizeOf(unseen)));
    const error = errorPercent(forecast, measured);
    process.stdout.write(
      `${unseen} GB: forecast ${forecast.toFixed(1)} s, measured ${measured.toFixed(1)} s, ${error} %; seen ${seen.map((gigabytes) => `${gigabytes} GB ${median(restores(sizeOf(gigabytes))).toFixed(1)} s`).join(", ")}\n`,
    );
    expect(Math.abs(error)).toBeLessThanOrEqual(mostPercent);
  });
});
