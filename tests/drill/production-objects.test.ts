import { describe, expect, test } from "vitest";
import { foreignObjects } from "../../drill/steps/rehearsal/production-objects.ts";

/** Which objects of the repository cannot be the serving site's own. That the real store lists versions so is the lab's test. */

const own = { sinceMs: 1000, epoch: 3, timeline: 2 };
const wal = (timeline: string, epoch = 3): string =>
  `epochs/${epoch}/archive/main/18-1/${timeline}00000000/${timeline}0000000000000031-${"0".repeat(40)}.zst`;
const at = (key: string, lastModifiedMs = 2000, isDeleteMarker = false) => ({
  key,
  lastModifiedMs,
  isDeleteMarker,
});
const newSet = at("epochs/3/backup/main/20261126-190000F/backup.manifest");

describe("objects of the repository", () => {
  test.each([
    ["its WAL", [at(wal("00000002"))]],
    ["its timeline's history", [at("epochs/3/archive/main/18-1/00000002.history")]],
    ["its archive's info", [at("epochs/3/archive/main/archive.info")]],
    ["a backup, and what it expired", [newSet, at(wal("00000002"), 2000, true)]],
    ["whatever was there before T0, of whatever epoch", [at(wal("00000007", 9), 1000), at("epochs/1/x", 1)]],
  ])("%s is its own", (_what, versions) => {
    expect(foreignObjects(versions, own).foreign).toEqual([]);
  });

  test.each([
    ["WAL of a fork", [at(wal("00000003"))]],
    ["a fork's history", [at("epochs/3/archive/main/18-1/00000003.history")]],
    ["WAL of the timeline that it came from", [at(wal("00000001"))]],
    ["another epoch's path", [at(wal("00000002", 4))]],
    ["a path that only begins the same", [at(wal("00000002", 31))]],
    ["a deletion that no backup explains", [at(wal("00000002"), 2000, true)]],
    [
      "a deletion beside a backup in another epoch",
      [at(newSet.key.replace("/3/", "/4/")), at("epochs/3/x", 2000, true)],
    ],
  ])("%s is not", (_what, versions) => {
    expect(foreignObjects(versions, own).foreign.length).toBeGreaterThan(0);
  });

  test("are counted", () => {
    expect(foreignObjects([newSet, at(wal("00000002")), at(wal("00000002"), 1)], own).added).toBe(2);
  });
});
