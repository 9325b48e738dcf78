// Shows: which words are durations and sizes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../config/duration.ts";
import { nearestName } from "../../config/nearest-name.ts";
import { formatSize, parseSize } from "../../config/size.ts";

describe("durations", () => {
  it.each([
    ["1 second", 1],
    ["90 seconds", 90],
    ["15 minutes", 900],
    ["1 hour", 3600],
    ["7 days", 604_800],
    ["2 weeks", 1_209_600],
  ])("%s", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each([
    "15",
    "15m",
    "15  minutes",
    "-1 hours",
    "1.5 hours",
    "fifteen minutes",
    "15 minutes ",
    "1 month",
    "",
  ])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it("come back as they were written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds);
      }),
    );
  });
});

describe("sizes", () => {
  it.each([
    ["1Ki", 1024],
    ["512Mi", 536_870_912],
    ["20Gi", 21_474_836_480],
    ["2Ti", 2_199_023_255_552],
  ])("%s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(["20", "20G", "20GB", "20 Gi", "0Gi", "-1Gi", "1.5Gi", ""])("%j is none", (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  it("come back as they were written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900_000_000 }), (count) => {
        expect(parseSize(formatSize(count * 1024))).toBe(count * 1024);
      }),
    );
  });
});

describe("nearestName", () => {
  it.each([
    ["bakcup", "backup"],
    ["Volume", "volume"],
    ["archive_timeout", "archiveTimeout"],
    ["zzz", undefined],
  ])("%s", (name, expected) => {
    expect(nearestName(name, ["backup", "volume", "archiveTimeout", "parameters"])).toBe(expected);
  });
});
