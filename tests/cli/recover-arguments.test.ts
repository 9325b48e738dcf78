// The arguments of `holdfast recover`, `restore` and `extract`, before anything is looked at. Does not show what they do.
import { describe, expect, test } from "vitest";
import { parseTarget, recoverRunId, type TargetFlags } from "../../cli/recover/arguments.ts";
import { parseExtractFlags, parseRestoreFlags } from "../../cli/side/arguments.ts";
import { UserError } from "../../errors/user-error.ts";

const set = "20261125-011500F";

describe("where it ends", () => {
  test.each<[TargetFlags, object]>([
    [{}, { kind: "latest", target: null, set: null, repository: "offsite", asOf: null }],
    [
      { toTime: "2026-11-25 04:04:05.25+01", before: true },
      { kind: "time", target: "2026-11-25T03:04:05.25Z", exclusive: true },
    ],
    [{ toLsn: "0/3000148" }, { kind: "lsn", target: "0/3000148" }],
    [
      { toName: "before-deploy", fromSet: set },
      { kind: "name", target: "before-deploy", set },
    ],
    [
      { toSet: set, repository: "site" },
      { kind: "set", target: null, set, repository: "site" },
    ],
    [{ repositoryAsOf: "2026-11-25T03:04:05Z" }, { kind: "latest", asOf: "2026-11-25T03:04:05Z" }],
  ])("%j", (flags, expected) => {
    expect(parseTarget(flags)).toMatchObject(expected);
  });

  test.each<TargetFlags>([
    { toTime: "2026-11-25T03:04:05" },
    { toTime: "yesterday" },
    { toLsn: "3000148" },
    { toName: "it's" },
    { toSet: "latest" },
    { toTime: "2026-11-25T03:04:05Z", toLsn: "0/1" },
    { toSet: set, fromSet: set },
    { toName: "x", before: true },
    { before: true },
    { repository: "tape" },
    { repositoryAsOf: "noon" },
  ])("%j is refused with status 2", (flags) => {
    expect(() => parseTarget(flags)).toThrow(UserError);
    expect(() => parseTarget(flags)).toThrow(/allowed:/);
  });

  test("the run's name fits a folder and the epoch object", () => {
    expect(recoverRunId(undefined, Date.UTC(2026, 0, 5, 9, 30, 15))).toBe("recover-20260105-093015");
    expect(() => recoverRunId("../x", 0)).toThrow(UserError);
  });
});

describe("a copy beside production", () => {
  test.each([
    { to: "Copy" },
    { to: "a/b" },
    { to: "copy", site: "mars" },
    { to: "copy", epoch: "0" },
    { to: "copy", epoch: "x" },
  ])("%j is refused", (flags) => {
    expect(() => parseRestoreFlags(flags)).toThrow(UserError);
  });

  test("an extract goes into a namespace of its own each time, to a moment", () => {
    const flags = { table: "public.partner", at: "2026-11-25T03:04:05Z", database: "odoo", output: "x.sql" };
    const one = parseExtractFlags(flags, 1000);
    expect(one.request).toMatchObject({ kind: "time", target: "2026-11-25T03:04:05Z" });
    expect(one.namespace).not.toBe(parseExtractFlags(flags, 2000).namespace);
    expect(() => parseExtractFlags({ ...flags, at: "noon" }, 0)).toThrow(UserError);
    // It would reach pg_dump as an option.
    expect(() => parseExtractFlags({ ...flags, table: "--file=/x" }, 0)).toThrow(UserError);
  });
});
