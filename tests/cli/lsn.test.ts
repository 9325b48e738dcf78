// Arithmetic of positions in the WAL. Does not show that PostgreSQL and pgBackRest write them so.
import { describe, expect, it } from "vitest";
import { archiveLagBytes, lsnToBytes, segmentEnd } from "../../cli/status/lsn.ts";

describe("positions", () => {
  it.each([
    ["0/0", 0n],
    ["0/2A000F40", 0x2a000f40n],
    ["1/0", 0x1_0000_0000n],
  ])("%s is a byte number", (lsn, bytes) => {
    expect(lsnToBytes(lsn)).toBe(bytes);
  });

  it("a segment reaches to the next one's first byte, over the end of a log file too", () => {
    expect(segmentEnd("000000010000000000000001")).toBe(0x2000000n);
    expect(segmentEnd("0000000200000001000000FF")).toBe(0x2_0000_0000n);
  });

  it("the lag is never negative: the archive has the switched segment whole", () => {
    expect(archiveLagBytes("0/2A000F40", "000000020000000000000029")).toBe(0xf40);
    expect(archiveLagBytes("0/2A000000", "00000002000000000000002A")).toBe(0);
  });

  it("refuses what is neither", () => {
    expect(() => lsnToBytes("2A000F40")).toThrow("not an LSN");
    expect(() => segmentEnd("00000002.history")).toThrow("not a WAL segment");
  });
});
