// pgBackRest's own words (2.60.0: `info --output=json` before stanza-create, after it, and after a full, a diff and an incr).
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { newestSegmentOf, parseRepositoryInfo, storedSetsOf } from "../../drill/adapters/repository-info.ts";

const fixture = (name: string) =>
  readFile(join(import.meta.dirname, "fixtures", `pgbackrest-info-${name}.json`), "utf8");

describe("parseRepositoryInfo", () => {
  it("reads a chain, oldest first, with what each set depends on", async () => {
    const info = parseRepositoryInfo(await fixture("chain"), "main");
    expect(info.status).toEqual({ code: 0, message: "ok" });
    expect(info.sets.map((set) => set.type)).toEqual(["full", "diff", "incr"]);
    expect(info.sets[2]).toMatchObject({
      label: "20261125-002739F_20261125-002741I",
      lsnStop: "0/6000120",
      walStop: "000000010000000000000006",
      repositoryBytes: 30_416,
      databaseBytes: 31_714_706,
      error: false,
      references: ["20261125-002739F", "20261125-002739F_20261125-002740D"],
      stoppedAtMs: 1_795_566_462_000,
    });
    expect(info.archive).toEqual({ min: "000000010000000000000001", max: "000000010000000000000006" });
  });

  it("keeps all digits of the system identifier, which JSON.parse would round", async () => {
    expect(parseRepositoryInfo(await fixture("chain"), "main").systemIdentifier).toBe("7711899210822578728");
  });

  it("says that there is no stanza, and that there is no set", async () => {
    expect(parseRepositoryInfo(await fixture("missing"), "main")).toMatchObject({
      status: { code: 1, message: "missing stanza path" },
      systemIdentifier: null,
      sets: [],
      archive: { min: null, max: null },
    });
    expect(parseRepositoryInfo(await fixture("empty"), "main")).toMatchObject({
      status: { code: 2, message: "no valid backups" },
      sets: [],
    });
    expect(parseRepositoryInfo("[]", "main").status.code).toBe(1);
  });

  it("refuses what is not pgBackRest's", () => {
    expect(() => parseRepositoryInfo("{}", "main")).toThrow();
    expect(() => parseRepositoryInfo("P00 ERROR", "main")).toThrow();
  });
});

describe("newestSegmentOf", () => {
  const key = (name: string) => ({ key: `epochs/1/archive/main/18-1/${name.slice(0, 16)}/${name}` });
  const digest = "a".repeat(40);

  it("takes the highest whole segment, whatever the order", () => {
    const objects = [
      key(`00000001000000000000000A-${digest}.zst`),
      key(`00000001000000010000000B-${digest}.zst`),
      key(`0000000100000000000000FF-${digest}`),
    ];
    expect(newestSegmentOf(objects)?.segment).toBe("00000001000000010000000B");
  });

  it("prefers the newer timeline", () => {
    expect(
      newestSegmentOf([
        key(`000000020000000000000003-${digest}.zst`),
        key(`000000010000000000000009-${digest}.zst`),
      ])?.segment,
    ).toBe("000000020000000000000003");
  });

  it("passes over what is no whole segment", () => {
    const others = [
      "00000002.history",
      `000000010000000000000009.partial-${digest}.zst`,
      "000000010000000000000002.00000028.backup",
      "archive.info",
    ];
    expect(newestSegmentOf(others.map((name) => ({ key: `epochs/1/archive/main/18-1/${name}` })))).toBeNull();
  });
});

describe("storedSetsOf", () => {
  const at = (key: string, lastModifiedMs: number) => ({ key, size: 1, lastModifiedMs });
  it("knows whole sets by their manifest, oldest first", () => {
    const root = "epochs/1/backup/main";
    const sets = storedSetsOf([
      at(`${root}/backup.info`, 9),
      at(`${root}/20261125-004214F_20261125-014214I/backup.manifest`, 3),
      at(`${root}/20261125-004214F/backup.manifest`, 1),
      at(`${root}/20261125-004214F/bundle/1`, 0),
      at(`${root}/20261125-004214F_20261125-010000D/backup.manifest`, 2),
      // Interrupted: a copy and no manifest.
      at(`${root}/20261125-020000F/backup.manifest.copy`, 4),
      at(`${root}/backup.history/2026/20261125-004214F.manifest.zst`, 5),
    ]);
    expect(sets.map(({ label, type }) => [label, type])).toEqual([
      ["20261125-004214F", "full"],
      ["20261125-004214F_20261125-010000D", "diff"],
      ["20261125-004214F_20261125-014214I", "incr"],
    ]);
  });
});
