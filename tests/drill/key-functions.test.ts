// Shows: what a run says when one key function, or one service, does not hold at dr. Does not show that the
// real services have these functions; tests/lab/services.test.ts and a drill do.
import { describe, expect, it } from "vitest";
import type { Verdict } from "../../contract/verdict.ts";
import { requiredChecks } from "../../drill/verdict/required.ts";
import { addresses, siteContract } from "./fake/contracts.ts";
import { fakeRun } from "./fake/run.ts";
import { createFakeWorld } from "./fake/world.ts";

const ofServices = [
  "gateway.tls",
  "gateway.unknown-host",
  "n8n.workflow",
  "notifications.publish-subscribe",
  "opening-hours.today",
] as const;

const judgementOf = (verdict: Verdict, id: string): string =>
  verdict.keyFunctions.find((item) => item.id === id)?.judgement ?? "absent";

describe("a drill with every service", () => {
  it("meets every key function that the stack declares, and says what it saw", async () => {
    const { verdict } = await fakeRun();
    expect(verdict.judgement).toBe("met");
    for (const id of ofServices) expect(judgementOf(verdict, id), id).toBe("met");
    expect(verdict.keyFunctions.map(({ id }) => id).sort()).toEqual(
      ["document", "login", "read", "served-by-new-epoch", "write", ...ofServices].sort(),
    );
    const hours = verdict.keyFunctions.find(({ id }) => id === "opening-hours.today");
    expect(hours?.detail).toContain('GET erp.holdfast.test/opening-hours/today: 200, {"opens":"08:00"}');
  });

  it.each([
    ["gateway.tls", /self-signed certificate/],
    ["gateway.unknown-host", /nobody\.invalid: 200, not 421/],
    ["n8n.workflow", /GET flows\.holdfast\.test\/webhook\/holdfast-rows: status 500, .*Error in workflow/],
    ["notifications.publish-subscribe", /subscriber at notify\.holdfast\.test\/holdfast-drill got 200 open/],
    ["opening-hours.today", /does not match "opens":"08:00": \{"opens":"09:00"\}/],
    ["read", /199 of 200/],
    ["write", /0 in dr's database/],
    ["document", /sha256 another/],
  ])("misses %s alone when it fails, and goes on", async (id, detail) => {
    const { verdict } = await fakeRun({ world: createFakeWorld({ keyFunctionFails: id }) });
    expect(verdict.judgement).toBe("missed");
    const missed = verdict.keyFunctions.filter(({ judgement }) => judgement === "missed");
    expect(missed.map((item) => item.id)).toEqual([id]);
    expect(missed[0]?.detail).toMatch(detail);
    // Everything after it was still proved.
    if (id.includes(".")) {
      expect(verdict.status).toBe("completed");
      expect(verdict.integrity.map(({ judgement }) => judgement)).not.toContain("notJudged");
    }
  });

  it.each(["n8n", "notifications", "opening-hours"])(
    "sends users to dr although %s is not there, and says what is missing",
    async (name) => {
      const { verdict } = await fakeRun({ world: createFakeWorld({ serviceMissing: name }) });
      expect(verdict.rto.judgement).toBe("met");
      expect(judgementOf(verdict, "login")).toBe("met");
      expect(verdict.judgement).toBe("missed");
      expect(verdict.status).toBe("completed");
      const missed = verdict.keyFunctions.filter(({ judgement }) => judgement === "missed");
      expect(missed.map(({ id }) => id.split(".")[0])).toEqual([name]);
      const finding = verdict.findings.find(({ id }) => id === "SERVICE_NOT_READY");
      expect(finding?.what).toBe(
        `${name}: 0 of 1 ready; image lab.holdfast.test/${name}:wrong; Deployment does not have minimum availability.; ${name}: ErrImagePull (no such host)`,
      );
    },
  );

  it("has no time for an answer of the old site", async () => {
    const world = createFakeWorld();
    const { web } = world.ports;
    const stale = {
      request: async (...args: Parameters<typeof web.request>) => ({
        ...(await web.request(...args)),
        address: addresses.primary,
      }),
    };
    const { verdict } = await fakeRun({ world: { ...world, ports: { ...world.ports, web: stale } } });
    for (const id of ofServices) expect(judgementOf(verdict, id), id).toBe("missed");
    const tls = verdict.keyFunctions.find(({ id }) => id === "gateway.tls");
    expect(tls?.detail).toBe(`${addresses.primary} answered, not ${addresses.dr}`);
  });
});

describe("a verdict", () => {
  it("asks for what the stack declares beside what every run must prove", () => {
    const contract = siteContract("dr", "active", 2);
    expect(requiredChecks("site-loss", contract).keyFunctions).toEqual(
      expect.arrayContaining([...ofServices]),
    );
    expect(requiredChecks("site-loss", null).keyFunctions).toEqual([
      "login",
      "read",
      "write",
      "document",
      "served-by-new-epoch",
    ]);
  });

  it("does not call a run met that never tried a declared one", async () => {
    const { record } = await fakeRun();
    const { judgeRun } = await import("../../drill/verdict/judge.ts");
    const entries = record.entries.filter(
      (entry) => !(entry.kind === "check" && entry.id === "opening-hours.today"),
    );
    const verdict = judgeRun({ ...record, entries });
    expect(judgementOf(verdict, "opening-hours.today")).toBe("notJudged");
    expect(verdict.judgement).toBe("notJudged");
  });
});
