// What a recovery is refused for beforehand, and what it writes into a stack file's copy. Pure; the pod's own script
// judges again, see tests/components/recovery-target.test.ts.
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { changeConfig } from "../../drill/config-copy.ts";
import type { BackupSetInfo, RepositoryInfo } from "../../drill/ports/repository.ts";
import { afterRecovery, type RecoveryRequest, recoveryChanges, refusalOf } from "../../drill/recovery.ts";

const latest: RecoveryRequest = {
  kind: "latest",
  target: null,
  set: null,
  exclusive: false,
  repository: "offsite",
  asOf: null,
};
const at = (time: string): number => Date.parse(`2026-11-25T${time}Z`);
const setOf = (label: string, stopped: string, lsnStop: string, error = false): BackupSetInfo => ({
  label,
  type: "full",
  startedAtMs: at(stopped) - 30_000,
  stoppedAtMs: at(stopped),
  lsnStart: "0/1",
  lsnStop,
  walStart: "",
  walStop: "",
  repositoryBytes: 1,
  databaseBytes: 1,
  error,
  references: [],
});
const info: RepositoryInfo = {
  status: { code: 0, message: "ok" },
  systemIdentifier: "7",
  sets: [
    setOf("20261124-010000F", "01:00:30", "0/3000000", true),
    setOf("20261125-010000F", "01:00:30", "0/5000100"),
  ],
  archive: { min: null, max: null },
};
const end = { segment: "000000010000000000000010", storedAtMs: at("03:30:00") };

describe("a target", () => {
  test.each<[Partial<RecoveryRequest>, RegExp | null]>([
    [{}, null],
    [{ kind: "time", target: "2026-11-25T03:30:00Z" }, null],
    [{ kind: "time", target: "2026-11-25T03:30:01Z" }, /past the archive's end/],
    [{ kind: "time", target: "2026-11-25T04:00:01Z" }, /in the future/],
    [{ kind: "time", target: "2026-11-25T01:00:30Z" }, /before the end of the first/],
    [{ kind: "time", target: "2026-11-25T01:00:31Z" }, null],
    [{ kind: "lsn", target: "0/5000100" }, null],
    // The older set is known to be damaged: nothing begins from it.
    [{ kind: "lsn", target: "0/5000000" }, /before the end of the first/],
    [{ kind: "lsn", target: "0/11000000" }, null],
    [{ kind: "lsn", target: "0/11000001" }, /past the archive's end/],
    [{ kind: "set", set: "20261125-010000F" }, null],
    [{ kind: "set", set: "20261123-010000F" }, /no backup set 20261123-010000F.*20261125-010000F/],
    [{ kind: "name", target: "x", set: "20261123-010000F" }, /no backup set/],
    [{ kind: "name", target: "x" }, null],
  ])("%j", (asked, expected) => {
    const refusal = refusalOf({ ...latest, ...asked }, info, end, at("04:00:00"));
    if (expected === null) expect(refusal).toBeNull();
    else expect(refusal).toMatch(expected);
  });

  test("of a repository without a set", () => {
    expect(refusalOf(latest, { ...info, sets: [] }, null, 0)).toMatch(/holds no backup set/);
  });
});

describe("the stack file", () => {
  const committed = "config:\n  holdfast:site:\n    name: primary # home\n    role: active\n";

  test("says the target, and only that one", () => {
    const stale = changeConfig(
      committed,
      recoveryChanges({ ...latest, kind: "set", set: "20261125-010000F" }, 2),
    );
    const text = changeConfig(
      stale,
      recoveryChanges({ ...latest, kind: "time", target: "2026-11-25T03:30:00Z", exclusive: true }, null),
    );
    expect(parse(text).config["holdfast:recovery"]).toEqual({
      target: { kind: "time", time: "2026-11-25T03:30:00Z", exclusive: true },
      repository: "offsite",
    });
    expect(text).toContain("# home");
  });

  test("keeps nothing of it afterwards: the next takeover would end there", () => {
    const text = changeConfig(committed, [
      { path: ["holdfast:site", "handover"], value: 3 },
      ...recoveryChanges({ ...latest, kind: "lsn", target: "0/5000100" }, 2),
    ]);
    const { config } = parse(changeConfig(text, afterRecovery));
    expect(config["holdfast:site"]).toEqual({ name: "primary", role: "active" });
    expect(config["holdfast:recovery"]).toEqual({});
  });
});
