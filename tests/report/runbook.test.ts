// The runbook from both sites' plans and the last run. Whether its commands do what they say is what drills show.
import { describe, expect, test } from "vitest";
import { planSiteContract } from "../../plan/contract.ts";
import { planSite } from "../../plan/index.ts";
import { renderRunbook } from "../../report/runbook.ts";
import { load } from "../config/stack-files.ts";
import { fakeRun } from "../drill/fake/run.ts";
import { readPipeline } from "../lab/support/pipelines.ts";

function contractOf(stack: "primary" | "dr", changes: Readonly<Record<string, unknown>> = {}) {
  const { config } = load(stack, changes);
  if (config.kind !== "site") throw new Error(`${stack} is a site`);
  return planSiteContract(planSite(config));
}

const run = fakeRun();
const bundle = { bucketUrl: "https://store.example/records", region: "eu-west-1" };

describe("renderRunbook", () => {
  test("has this plan's names, and the durations of the last run", async () => {
    const { verdict } = await run;
    const text = renderRunbook({
      primary: contractOf("primary"),
      dr: contractOf("dr"),
      lastRun: verdict,
      bundle,
    });
    expect(text).toContain("Durations: run r1 of 2026-01-05, RTO 25 s of 4 h, RPO 20 s of 15 min.");
    expect(text).toContain("| primary | primary | holdfast | 198.18.0.11:5432 |");
    expect(text).toContain("offsite: holdfast-offsite at offsite.holdfast.test:8333");
    expect(text).toContain(
      "`pulumi config set --path 'holdfast:site.role' active --stack dr`<br>`pulumi up --stack dr`",
    );
    // 3 + 5 + 3 + 6 + 5 + 2 s of the fake run's phases.
    expect(text).toMatch(/\| 3 \| Promote dr: .* \| 24 s \|/);
    expect(text).toMatch(/\| 4 \| Do what users do: .* \| \d[\d.]* s \|/);
    for (const [phase, seconds] of Object.entries(verdict.phases))
      expect(text).toContain(`| ${phase} | ${seconds} s |`);
  });

  test("follows the stack files", () => {
    const moved = contractOf("primary", { "site.cluster.namespace": "business" });
    const text = renderRunbook({ primary: moved, dr: contractOf("dr"), lastRun: null, bundle });
    expect(text).toContain("| primary | primary | business |");
  });

  test("unpacks the bundle from where it is kept, and promotes by the same two commands", () => {
    const text = renderRunbook({
      primary: contractOf("primary"),
      dr: contractOf("dr"),
      lastRun: null,
      bundle,
    });
    const [, script = ""] = /```sh\n([\s\S]*?)```/.exec(text) ?? [];
    expect(script).toContain('aws-sigv4 = "aws:amz:eu-west-1:s3"');
    expect(script).toContain("--output unpack.sh https://store.example/records/bundle/unpack.sh");
    expect(script).toContain("sh unpack.sh keys https://store.example/records bundle\n");
    const promotion = readPipeline("github/promote.yml").steps.filter(({ script }) => /^pulumi/.test(script));
    expect(script).toContain(promotion.map(({ script }) => script).join("\n"));
  });

  test("says that nothing was measured where nothing was, and never a number", () => {
    const text = renderRunbook({
      primary: contractOf("primary"),
      dr: contractOf("dr"),
      lastRun: null,
      bundle,
    });
    expect(text).toContain("No drill has been met yet");
    expect(text).toMatch(/\| 3 \| Promote dr: .* \| not measured \|/);
    expect(text).not.toMatch(/\d s \|/);
  });
});
