import { describe, expect, test } from "vitest";
import { exitStatusOf } from "../../drill/exit-status.ts";
import { requiredChecks } from "../../drill/verdict/required.ts";
import type { WorldFaults } from "./fake/faults.ts";
import { type FakeRun, fakeRun } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

// Shows: what a run says of mail that its copy sends, and of a sink that cannot tell; that nothing of it stays behind.
// Does not show that Odoo's mails or the real sink behave so: a drill on the lab does, and tests/lab/quarantine.test.ts.

const id = "nothing-sent-outside";

async function run(named: "site-loss" | "rehearsal", faults: WorldFaults = {}): Promise<FakeRun> {
  const world = createFakeWorld(faults);
  if (named === "rehearsal") world.inProduction();
  return fakeRun({ world, named });
}

const itemOf = ({ verdict }: FakeRun) => verdict.integrity.find((item) => item.id === id);
const outcomeOf = ({ verdict }: FakeRun, step: string) =>
  verdict.steps.find((each) => each.id === step)?.outcome;

describe.each(["site-loss", "rehearsal"] as const)("mail in a %s", (named) => {
  test("primary's arrives, and the copy that is told to send is not heard", async () => {
    const ended = await run(named);
    expect(itemOf(ended)).toEqual({
      id,
      judgement: "met",
      detail:
        "1 from primary before the loss, none since; told to send, the copy's mails are queued: exception, made there: exception",
    });
    expect(ended.world.mail.heard().map(({ subject, from }) => ({ subject, from }))).toEqual([
      { subject: "holdfast drill r1: sent by primary", from: "198.18.64.9" },
    ]);
    expect(ended.verdict.judgement).toBe("met");
  });

  test.each([
    ["queued", ["held in primary's queue", "made in the copy"]],
    ["made there", ["made in the copy"]],
  ] as const)("a copy whose %s mail gets out is missed, with id and sender", async (copySends, subjects) => {
    const ended = await run(named, { copySends });
    const item = itemOf(ended);
    expect(item?.judgement).toBe("missed");
    for (const [index, subject] of subjects.entries())
      expect(item?.detail).toContain(`m${index + 2} from 198.18.128.9: holdfast drill r1: ${subject}`);
    const finding = ended.verdict.findings.find((each) => each.id === "SENT_OUTSIDE");
    expect(finding).toMatchObject({ severity: "error", what: item?.detail });
    expect(ended.verdict.judgement).toBe("missed");
    expect(exitStatusOf(ended.result, ended.verdict)).toBe(1);
    // The run goes on: what is left to do is done.
    expect(ended.verdict.status).toBe("completed");
  });

  test("a copy whose mail another server takes is missed, though the sink heard nothing", async () => {
    const ended = await run(named, { copySendsElsewhere: true });
    expect(itemOf(ended)).toMatchObject({
      judgement: "missed",
      detail:
        "the copy's mail was taken by another server than the sink; queued: exception, made there: sent",
    });
    expect(ended.verdict.findings.map((each) => each.id)).toContain("SENT_OUTSIDE");
  });

  test.each([
    [{ sinkUnreadable: true }, "the sink could not be read: sink: connect ECONNREFUSED"],
    [{ sinkForgets: true }, "the sink has forgotten what primary sent: m1"],
    [{ copyRefuses: true }, "the copy could not be told to send: create a mail: AccessError"],
  ] as const)("%o leaves it not judged, never met", async (faults, detail) => {
    const ended = await run(named, faults);
    expect(itemOf(ended)).toMatchObject({ judgement: "notJudged", detail: expect.stringContaining(detail) });
    expect(ended.verdict.judgement).toBe("notJudged");
    expect(exitStatusOf(ended.result, ended.verdict)).toBe(1);
    expect(ended.verdict.status).toBe("completed");
  });

  test("nothing of it stays in production or in what took over", async () => {
    const { world, result } = await run(named);
    const { production, copy } = world.mail.left();
    // In a site-loss production's own rows went down with the site.
    if (named === "rehearsal") expect(production).toEqual([]);
    else expect(copy).toEqual([]);
    expect(result.rollbacks).toContainEqual({ step: "mail", ok: true });
  });

  test("a production that does not reach the sink is not lost for it", async () => {
    const ended = await run(named, { sinkUnreached: true });
    expect(outcomeOf(ended, "mail")).toBe("timedOut");
    expect(ended.verdict.lossAt.time).toBeNull();
    expect(ended.world.mail.left().production).toEqual([]);
    expect(itemOf(ended)?.judgement).toBe("notJudged");
  });

  test("without a sink nothing is asked and nothing missing", async () => {
    const ended = await run(named, { noSink: true });
    expect(itemOf(ended)).toBeUndefined();
    expect([outcomeOf(ended, "mail"), outcomeOf(ended, "outside")]).toEqual(["skipped", "skipped"]);
    expect(ended.verdict.judgement).toBe("met");
  });

  test("the judge asks for it where the run began with a sink, whatever the run says", async () => {
    const { record } = await run(named);
    const { judgeRun } = await import("../../drill/verdict/judge.ts");
    const entries = record.entries.filter((entry) => !(entry.kind === "check" && entry.id === id));
    const verdict = judgeRun({ ...record, entries });
    expect(verdict.integrity.find((item) => item.id === id)?.judgement).toBe("notJudged");
    expect(verdict.judgement).toBe("notJudged");
    expect(requiredChecks(named, null, true).integrity).toContain(id);
    expect(requiredChecks(named, null, false).integrity).not.toContain(id);
  });
});

test("production is never told to send what waits in its queue", async () => {
  const world = createFakeWorld();
  world.inProduction();
  const { canary, odoo } = world.ports;
  if (canary === null) throw new Error("a rehearsal has a name of its own");
  // The rehearsal's name leads to the wrong site.
  const ports = { ...world.ports, canary: { ...canary, odoo } };
  const ended = await fakeRun({ world, ports, named: "rehearsal" });
  expect(itemOf(ended)).toMatchObject({
    judgement: "notJudged",
    detail: "the copy could not be told to send: 198.18.0.11 answered, not 198.18.0.12",
  });
  expect(world.mail.heard().map(({ subject }) => subject)).toEqual(["holdfast drill r1: sent by primary"]);
});

test("a failed promotion is asked too: what half came up may mail", async () => {
  const ended = await run("site-loss", { upFails: "the database did not come", copySends: "queued" });
  expect(ended.verdict.status).toBe("failed");
  expect(itemOf(ended)?.judgement).toBe("missed");
});
