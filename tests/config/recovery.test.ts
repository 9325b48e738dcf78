// `holdfast:recovery` of a stack file: what it asks for, and every problem in one pass. Does not show what a restore makes
// of it.
import { describe, expect, it } from "vitest";
import { parseTimestamp } from "../../config/timestamp.ts";
import { UserError } from "../../errors/user-error.ts";
import { planTerm } from "../../plan/recovery.ts";
import { load } from "./stack-files.ts";

function planOf(changes: Readonly<Record<string, unknown>>) {
  const { config } = load("primary", changes);
  if (config.kind !== "site") throw new Error("not a site's");
  return planTerm(config).recovery;
}

function problemsOf(changes: Readonly<Record<string, unknown>>): string {
  try {
    load("primary", changes);
    return "";
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

describe("a moment", () => {
  it.each([
    ["2026-11-25T03:04:05Z", "2026-11-25 03:04:05+00"],
    ["2026-11-25 03:04:05.123456+00", "2026-11-25 03:04:05.123456+00"],
    ["2026-11-25T03:04:05.5+02:00", "2026-11-25 01:04:05.5+00"],
    ["2026-11-25T00:04:05+0530", "2026-11-24 18:34:05+00"],
    ["2026-11-25 23:04:05-02", "2026-11-26 01:04:05+00"],
  ])("%s is %s", (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected);
  });

  it.each(["2026-11-25T03:04:05", "2026-11-25", "yesterday", "2026-02-30T00:00:00Z", "2026-11-25T25:00:00Z"])(
    "%s is none",
    (text) => {
      expect(parseTimestamp(text)).toBeUndefined();
    },
  );
});

describe("a recovery", () => {
  it("is nothing special where nothing is asked", () => {
    expect(planOf({})).toBeNull();
    expect(planOf({ "recovery.target": { kind: "latest" }, "recovery.run": "r1" })).toBeNull();
  });

  it.each([
    [
      { "recovery.target": { kind: "time", time: "2026-11-25T03:04:05+01:00", exclusive: true } },
      { kind: "time", target: "2026-11-25 02:04:05+00", exclusive: true, set: null, repository: "offsite" },
    ],
    [{ "recovery.target": { kind: "lsn", lsn: "0/3000148" } }, { kind: "lsn", target: "0/3000148" }],
    [
      { "recovery.target": { kind: "name", name: "before-deploy", set: "20261125-011500F" } },
      { kind: "name", target: "before-deploy", set: "20261125-011500F" },
    ],
    [
      { "recovery.target": { kind: "set", set: "20261125-011500F_20261125-091500D" } },
      { kind: "set", target: null, set: "20261125-011500F_20261125-091500D" },
    ],
    [
      { "recovery.repositoryAsOf": "2026-11-25T03:04:05Z" },
      { kind: "latest", target: null, asOf: "2026-11-25 03:04:05+00" },
    ],
    [{ "recovery.repository": "site" }, { repository: "site" }],
    [{ "recovery.sourceEpoch": 3 }, { sourceEpoch: 3 }],
  ])("%j is planned", (changes, expected) => {
    expect(planOf({ "site.handover": 1, ...changes })).toMatchObject(expected);
  });

  it.each<[Record<string, unknown>, readonly string[]]>([
    [{ kind: "time" }, ["recovery.target.time: is missing"]],
    [
      { kind: "lsn", time: "2026-11-25T03:04:05Z", name: "x" },
      ["recovery.target.lsn: is missing", "recovery.target.time: is given", "recovery.target.name: is given"],
    ],
    [
      { time: "2026-11-25T03:04:05Z" },
      ["recovery.target.time: is given", "set holdfast:recovery.target.kind to time"],
    ],
    [{ kind: "name", name: "x", exclusive: true }, ["recovery.target.exclusive"]],
    [{ kind: "time", time: "2026-11-25 03:04" }, ["recovery.target.time: is not a time"]],
    [{ kind: "lsn", lsn: "3000148" }, ["recovery.target.lsn: is not an LSN"]],
    [{ kind: "set", set: "latest" }, ["recovery.target.set: is not a backup set"]],
    [{ kind: "name", name: "it's" }, ["recovery.target.name: is not a name"]],
    [{ kind: "xid" }, ["recovery.target.kind: is not one of the choices"]],
  ])("%j is refused, all of it at once", (target, expected) => {
    const problems = problemsOf({ "site.handover": 1, "recovery.target": target });
    for (const words of expected) expect(problems).toContain(words);
  });

  it("that is over and still in the file is warned of: the next takeover would end there", () => {
    const target = { kind: "lsn", lsn: "0/3000148" };
    const paths = (changes: Readonly<Record<string, unknown>>) =>
      load("primary", changes).warnings.map(({ path }) => path);
    expect(paths({ "recovery.target": target })).toContain("recovery.target.kind");
    expect(paths({ "recovery.target": target, "site.handover": 2 })).not.toContain("recovery.target.kind");
  });
});
