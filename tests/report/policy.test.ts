// Shows: the report of a policy pack's events, and the exit statuses of `holdfast policy report`. The events have the
// engine's fields (tests/lab/policy.test.ts reads real ones); it does not show that the engine sends them.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderPolicies } from "../../cli/policy/render-policies.ts";
import { parsePolicySettings, ruleTexts } from "../../cli/policy/rule-texts.ts";
import { rules } from "../../policy/rules/index.ts";
import { readPolicyEvents } from "../../report/policy/events.ts";
import { judgePolicy } from "../../report/policy/judge.ts";
import { renderPolicyReport } from "../../report/policy/markdown.ts";

const repository = path.resolve(import.meta.dirname, "../..");
const urn = "urn:pulumi:dr::holdfast::holdfast:site:SiteStack$kubernetes:batch/v1:CronJob::backup-full";

const pack = { policyPackName: "holdfast", policyPackVersion: "0.1.0", policyPackVersionTag: "0.1.0" };

const forbid = {
  policyEvent: {
    resourceUrn: urn,
    message:
      "A CronJob never runs twice at once\nhas concurrencyPolicy Allow\nwhy: a reason\nmend: a remedy\nsee: docs/policies.md#cronjob-forbid\n",
    color: "never",
    policyName: "cronjob-forbid",
    ...pack,
    enforcementLevel: "mandatory",
    severity: "high",
  },
};
const unknown = {
  policyEvent: {
    resourceUrn: urn,
    message:
      "can't run policy 'image-by-digest' from policy pack 'holdfast@v0.1.0' during preview: notJudged: string value at .spec.image can't be known during preview",
    policyName: "image-by-digest",
    ...pack,
    enforcementLevel: "advisory",
  },
};
const resourceSummary = {
  policyAnalyzeSummaryEvent: { resourceUrn: urn, ...pack, passed: ["cronjob-deadlines"], failed: [] },
};
const stackSummary = { policyAnalyzeStackSummaryEvent: { ...pack, passed: ["backup-windows-apart"] } };
const end = { summaryEvent: { isPreview: true, result: "succeeded", PolicyPacks: { holdfast: "0.1.0" } } };

const log = (...events: readonly object[]): string =>
  events.map((event, sequence) => `${JSON.stringify({ sequence, timestamp: 1, ...event })}\n`).join("");

function judge(text: string, requireJudged = false, settings = "{}") {
  const events = readPolicyEvents(text);
  if (events === undefined) throw new Error("no events");
  const texts = ruleTexts(rules, parsePolicySettings(settings, "settings.json"));
  const judgement = judgePolicy(events, texts, { requireJudged });
  return { judgement, text: renderPolicyReport(events, judgement) };
}

const outcome = (of: ReturnType<typeof judge>, name: string) =>
  of.judgement.rules.find(({ rule }) => rule.name === name)?.outcome;

describe("a policy report", () => {
  it("is met when what was judged was kept, and says what was not there to judge", () => {
    const made = judge(log(resourceSummary, stackSummary, end));
    expect(made.judgement).toMatchObject({ judgement: "met", reason: "no rule is broken" });
    expect(outcome(made, "cronjob-deadlines")).toBe("kept");
    expect(outcome(made, "bucket-locked")).toBe("nothing");
    expect(made.text).toContain("# Policies: met");
    expect(made.text).toContain("| nothing to judge |");
  });

  it("names a broken rule with resource, severity, reason, remedy and level", () => {
    const made = judge(log(resourceSummary, forbid, stackSummary, end));
    expect(made.judgement).toMatchObject({ judgement: "missed" });
    const rule = rules.find(({ name }) => name === "cronjob-forbid");
    expect(made.text).toContain("Severity high, mandatory.");
    expect(made.text).toContain(rule?.remediation.slice(1));
    expect(made.text).toContain(rule?.reason.slice(1));
    expect(made.text).toContain(
      "| `kubernetes:batch/v1:CronJob backup-full` | has concurrencyPolicy Allow |",
    );
    expect(made.text).toContain("(docs/policies.md#cronjob-forbid)");
  });

  it("tells a broken advisory rule, and is met", () => {
    const advisory = { policyEvent: { ...forbid.policyEvent, enforcementLevel: "advisory" } };
    const made = judge(log(advisory, resourceSummary, stackSummary, end));
    expect(made.judgement).toMatchObject({ judgement: "met", reason: "no mandatory rule is broken" });
    expect(outcome(made, "cronjob-forbid")).toBe("broken");
  });

  it("keeps what was not judged apart from what was kept, and can insist on it", () => {
    const events = log(resourceSummary, unknown, stackSummary, end);
    const made = judge(events);
    expect(outcome(made, "image-by-digest")).toBe("notJudged");
    expect(made.judgement.judgement).toBe("met");
    expect(made.text).toContain("## Not judged before the up");
    expect(made.text).toContain("string value at .spec.image can't be known during preview");
    expect(judge(events, true).judgement).toMatchObject({
      judgement: "notJudged",
      reason: "mandatory rules could not be judged: image-by-digest",
    });
    const lowered = judge(events, true, '{"image-by-digest": "advisory"}');
    expect(lowered.judgement.judgement).toBe("met");
  });

  it("is not met by a preview that ended early", () => {
    expect(judge(log(resourceSummary, end)).judgement).toMatchObject({
      judgement: "notJudged",
      reason: "the preview ended before the whole stack was judged",
    });
  });

  it("shows what another pack found, and counts it", () => {
    const other = {
      policyEvent: { ...forbid.policyEvent, policyName: "tags", policyPackName: "acme", message: "no tags" },
    };
    const made = judge(log(other, resourceSummary, stackSummary, end));
    expect(made.judgement).toMatchObject({ judgement: "missed", reason: "mandatory rules are broken: tags" });
    expect(made.text).toContain("| acme: tags | mandatory |");
  });

  it("shows levels and exceptions of the settings", () => {
    const settings = JSON.stringify({
      "bucket-locked": { except: { control: "a lease is overwritten" } },
      "ttl-limit": "disabled",
    });
    const made = judge(log(resourceSummary, stackSummary, end), false, settings);
    expect(made.text).toContain("| bucket-locked | control | a lease is overwritten |");
    expect(outcome(made, "ttl-limit")).toBe("disabled");
  });

  it("tells a finding once that preview and up both have", () => {
    const made = judge(log(forbid, resourceSummary, stackSummary, forbid, stackSummary, end));
    expect(made.judgement.rules.find(({ rule }) => rule.name === "cronjob-forbid")?.findings).toHaveLength(1);
  });
});

describe("holdfast policy report", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "policy-report-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function report(text: string, ...args: readonly string[]) {
    const file = path.join(folder, "events.json");
    await writeFile(file, text);
    return execa(process.execPath, ["cli/main.ts", "policy", "report", file, ...args], {
      cwd: repository,
      reject: false,
    });
  }

  it.each([
    ["kept", log(resourceSummary, stackSummary, end), 0, "# Policies: met"],
    ["broken", log(forbid, resourceSummary, stackSummary, end), 1, "# Policies: missed"],
    ["no log", "Previewing update (dr)\n", 2, "is no event log"],
    ["an empty file", "", 2, "is no event log"],
    ["no pack", log(end), 2, "no policy pack judged anything"],
  ])("%s", async (_, text, status, says) => {
    const { exitCode, stdout, stderr } = await report(text);
    expect(exitCode, stderr).toBe(status);
    expect(stdout + stderr).toContain(says);
  });

  it("rewrites the log without debugging messages when told to", async () => {
    const debug = { diagnosticEvent: { severity: "debug", message: "result: a-secret" } };
    const warning = { diagnosticEvent: { severity: "warning", message: "stays" } };
    const text = log(debug, warning, resourceSummary, stackSummary, end);
    const file = path.join(folder, "events.json");
    expect((await report(text)).exitCode).toBe(0);
    expect(await readFile(file, "utf8")).toBe(text);
    expect((await report(text, "--scrub")).exitCode).toBe(0);
    const scrubbed = await readFile(file, "utf8");
    expect(scrubbed).not.toContain("a-secret");
    expect(scrubbed.split("\n")).toEqual(text.split("\n").filter((line) => !line.includes("a-secret")));
  });

  it("refuses settings that the pack would not take", async () => {
    const settings = path.join(folder, "settings.json");
    await writeFile(settings, '{"ttl-limit": "severe"}');
    const { exitCode, stderr } = await report(
      log(resourceSummary, stackSummary, end),
      "--settings",
      settings,
    );
    expect(exitCode).toBe(2);
    expect(stderr).toContain("ttl-limit");
  });
});

describe("docs/policies.md", () => {
  it("is what `holdfast policy list` writes", async () => {
    const committed = await readFile(path.join(repository, "docs/policies.md"), "utf8");
    expect(committed).toBe(renderPolicies(rules));
  });

  it("has a heading for every rule's link", async () => {
    const committed = await readFile(path.join(repository, "docs/policies.md"), "utf8");
    for (const { name } of rules) expect(committed).toContain(`\n## ${name}\n`);
  });
});
