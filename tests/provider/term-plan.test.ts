// Every combination of role, epoch object and handover. Does not prove that a store's conditional PUT is
// exact: tests/lab/provider-store.test.ts does.
import { describe, expect, test } from "vitest";
import { type Memory, planTerm } from "../../provider/resources/term-plan.ts";
import { type EpochObject, TERM_ROLES, type TermInputs } from "../../provider/resources/term-types.ts";

const none: Memory = { epoch: 0, site: "" };
const at = "2026-01-02T03:04:05.000Z";

function inputs(role: TermInputs["role"], handover?: number): TermInputs {
  return { bucket: "control", key: "epoch.json", site: "dr", role, handover };
}

function epoch(number: number, site: string): EpochObject {
  const previous = number === 1 ? null : { epoch: number - 1, site: site === "dr" ? "primary" : "dr" };
  return { schemaVersion: 1, epoch: number, site, takenAt: "2026-01-01T00:00:00Z", previous };
}

/** `keep N<-M`, `take N<-M` (epoch and source), or `refuse property`. */
function outcome(plan: ReturnType<typeof planTerm>): string {
  if (plan.kind === "refuse") return `refuse ${plan.property}`;
  const { outputs } = plan;
  expect(outputs.stanzaPath).toBe(outputs.epoch === 0 ? "" : `/epochs/${outputs.epoch}`);
  expect(outputs.sourcePath).toBe(outputs.sourceEpoch === 0 ? "" : `/epochs/${outputs.sourceEpoch}`);
  return `${plan.kind} ${outputs.epoch}<-${outputs.sourceEpoch}`;
}

const objects = {
  none: undefined,
  "own 1": epoch(1, "dr"),
  "own 2": epoch(2, "dr"),
  "other 1": epoch(1, "primary"),
  "other 2": epoch(2, "primary"),
} as const;

// Rows: role; columns: handover absent, 1, 2.
const table: Record<TermInputs["role"], Record<keyof typeof objects, readonly [string, string, string]>> = {
  active: {
    none: ["take 1<-0", "refuse handover", "refuse handover"],
    "own 1": ["keep 1<-0", "keep 1<-0", "keep 1<-0"],
    "own 2": ["keep 2<-1", "keep 2<-1", "keep 2<-1"],
    "other 1": ["refuse role", "take 2<-1", "refuse handover"],
    "other 2": ["refuse role", "refuse handover", "take 3<-2"],
  },
  standby: {
    none: ["keep 0<-0", "refuse handover", "refuse handover"],
    "own 1": ["refuse role", "refuse role", "refuse role"],
    "own 2": ["refuse role", "refuse role", "refuse role"],
    "other 1": ["keep 1<-1", "keep 1<-1", "keep 1<-1"],
    "other 2": ["keep 2<-2", "keep 2<-2", "keep 2<-2"],
  },
  draining: {
    none: ["refuse role", "refuse handover", "refuse handover"],
    "own 1": ["keep 1<-0", "keep 1<-0", "keep 1<-0"],
    "own 2": ["keep 2<-1", "keep 2<-1", "keep 2<-1"],
    "other 1": ["refuse role", "refuse role", "refuse role"],
    "other 2": ["refuse role", "refuse role", "refuse role"],
  },
  rehearsal: {
    none: ["refuse role", "refuse handover", "refuse handover"],
    "own 1": ["keep 1<-1", "keep 1<-1", "keep 1<-1"],
    "own 2": ["keep 2<-2", "keep 2<-2", "keep 2<-2"],
    "other 1": ["keep 1<-1", "keep 1<-1", "keep 1<-1"],
    "other 2": ["keep 2<-2", "keep 2<-2", "keep 2<-2"],
  },
};

const handovers = [undefined, 1, 2] as const;

describe.each(TERM_ROLES)("role %s", (role) => {
  for (const [name, object] of Object.entries(objects)) {
    for (const [index, handover] of handovers.entries()) {
      test(`object: ${name}; handover: ${handover ?? "-"}`, () => {
        const expected = table[role][name as keyof typeof objects][index];
        expect(outcome(planTerm(inputs(role, handover), object, none, at))).toBe(expected);
      });
    }
  }
});

describe("the active site goes back in its own history", () => {
  const recovering = (more: Partial<TermInputs>): TermInputs => ({
    ...inputs("active", 2),
    recover: true,
    run: "r1",
    ...more,
  });

  test("under the next epoch, restored from its own", () => {
    const plan = planTerm(recovering({}), epoch(2, "dr"), none, at);
    expect(outcome(plan)).toBe("take 3<-2");
    expect(plan).toMatchObject({ object: { previous: { epoch: 2, site: "dr" }, run: "r1" } });
  });

  test("once a run, whatever the handover names by then", () => {
    const taken = { ...epoch(3, "dr"), run: "r1" };
    expect(outcome(planTerm(recovering({}), taken, none, at))).toBe("keep 3<-2");
    expect(outcome(planTerm(recovering({ handover: 3 }), taken, none, at))).toBe("keep 3<-2");
    expect(outcome(planTerm(recovering({ handover: 3, run: "r2" }), taken, none, at))).toBe("take 4<-3");
  });

  test.each<[string, Partial<TermInputs>]>([
    ["no target", { recover: undefined }],
    ["no run", { run: undefined }],
    ["a handover of another epoch", { handover: 1 }],
    ["no handover", { handover: undefined }],
  ])("not with %s", (_, more) => {
    expect(outcome(planTerm(recovering(more), epoch(2, "dr"), none, at))).toBe("keep 2<-1");
  });

  test("not while it drains", () => {
    expect(outcome(planTerm(recovering({ role: "draining" }), epoch(2, "dr"), none, at))).toBe("keep 2<-1");
  });

  test("from an older epoch's path where the last one was never served, which stays so", () => {
    const plan = planTerm(recovering({ source: 1 }), epoch(2, "dr"), none, at);
    expect(outcome(plan)).toBe("take 3<-1");
    const taken = plan.kind === "take" ? plan.object : undefined;
    expect(outcome(planTerm(inputs("active"), taken, none, at))).toBe("keep 3<-1");
    expect(outcome(planTerm(recovering({ source: 3 }), epoch(2, "dr"), none, at))).toBe("refuse source");
  });
});

describe("messages name the epoch, the holder and the next step", () => {
  test("active while the other site holds", () => {
    const plan = planTerm(inputs("active"), epoch(7, "primary"), none, at);
    expect(plan).toMatchObject({
      reason:
        "primary holds epoch 7, so dr cannot be active\n" +
        "hint: set holdfast:site.handover to 7 to take over from primary, or set the role to standby",
    });
  });

  test("standby while holding", () => {
    const plan = planTerm(inputs("standby"), epoch(7, "dr"), none, at);
    expect(plan).toMatchObject({
      reason: expect.stringMatching(/^dr holds epoch 7.*\nhint: .*draining.*epoch 8/u),
    });
  });
});

describe("state remembers what the object has lost", () => {
  const seen: Memory = { epoch: 4, site: "primary" };

  test.each(TERM_ROLES)("a lost object refuses role %s", (role) => {
    expect(outcome(planTerm(inputs(role), undefined, seen, at))).toBe("refuse key");
  });

  test("it is begun again only by a handover of the last epoch, and never at 1", () => {
    expect(outcome(planTerm(inputs("active", 3), undefined, seen, at))).toBe("refuse key");
    expect(outcome(planTerm(inputs("active", 4), undefined, seen, at))).toBe("take 5<-4");
  });

  test("an object that went back in time is refused", () => {
    expect(outcome(planTerm(inputs("standby"), epoch(3, "primary"), seen, at))).toBe("refuse key");
  });
});
