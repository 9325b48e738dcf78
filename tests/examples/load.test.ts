// Shows: each example's stack files have no problem and no warning, name images by digest, and are planned. Does not
// show that a cloud takes what is planned: docs/proof-limits.md.
import { describe, expect, it } from "vitest";
import { formatProblem } from "../../config/index.ts";
import { planOffsite, planSite } from "../../plan/index.ts";
import { examples, loadFile, stacks } from "../config/stack-files.ts";

describe.each(examples)("examples/%s", (example) => {
  it.each(stacks)("%s loads without a problem or a warning", (stack) => {
    const { config, warnings } = loadFile(`examples/${example}`, stack);
    expect(warnings.map(formatProblem)).toEqual([]);
    expect(config.site.lab).toBe(false);
  });

  it.each(stacks)("%s has no secret's value in it", (stack) => {
    const { config, secrets } = loadFile(`examples/${example}`, stack);
    const isAtAws = config.kind === "offsite" && config.offsite.implementation === "aws";
    // At AWS the surroundings have the keys; with Route 53 there too, no secret is left in the file at all.
    if (!(isAtAws && config.traffic.implementation === "route53"))
      expect(Object.keys(secrets).length).toBeGreaterThan(0);
    for (const value of Object.values(secrets)) expect(value).toMatch(/^content of /);
  });

  it("names the same images on both sites, each by its digest", () => {
    const [primary, dr] = (["primary", "dr"] as const).map((stack) => {
      const { config } = loadFile(`examples/${example}`, stack);
      if (config.kind !== "site") throw new Error("not a site's");
      const { database, store, documents, services } = planSite(config);
      return [database.image, store.image, documents.image, services.odoo.image, services.gateway.image];
    });
    expect(primary).toEqual(dr);
    for (const image of primary ?? []) expect(image).toMatch(/@sha256:[0-9a-f]{64}$/);
  });

  it("plans the third place with what has to survive under lock, and protected", () => {
    const { config } = loadFile(`examples/${example}`, "offsite");
    if (config.kind !== "offsite") throw new Error("not the third place's");
    const plan = planOffsite(config);
    for (const bucket of [plan.bucket, plan.recordsBucket, plan.documentsBucket])
      expect(bucket).toMatchObject({
        versioning: true,
        protect: true,
        objectLock: { mode: "COMPLIANCE", days: 7 },
        lifecycle: { noncurrentDays: 14 },
      });
    expect(plan.controlBucket.objectLock).toBeNull();
  });

  it("lets dr alone write the weights", () => {
    const trafficOf = (stack: "primary" | "dr") => {
      const { config } = loadFile(`examples/${example}`, stack);
      if (config.kind !== "site") throw new Error("not a site's");
      return planSite(config).traffic;
    };
    expect(trafficOf("primary")).toBeNull();
    expect(trafficOf("dr")?.targets.map(({ weight }) => weight)).toEqual([100, 0]);
  });
});
