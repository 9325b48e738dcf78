// The alert rules as data, from the committed stack files. That each fires and stays quiet is tests/lab/alert-rules.test.ts.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { renderAlertTable, renderRules } from "../../cli/rules/render.ts";
import type { JobKind } from "../../contract/job-record.ts";
import { type AlertRule, alertNames, planAlerts, type WatchedPlan } from "../../plan/alerts/index.ts";
import { planSite } from "../../plan/index.ts";
import { load } from "../config/stack-files.ts";
import { withEveryKind } from "./watched-plan.ts";

function planOf(site: "primary" | "dr", changes: Record<string, unknown> = {}): WatchedPlan {
  const { config } = load(site, changes);
  if (config.kind !== "site") throw new Error("not a site's config");
  return planSite(config);
}

const rulesOf = (plan: WatchedPlan): readonly AlertRule[] => planAlerts(plan).flatMap((group) => group.rules);

const find = (plan: WatchedPlan, alert: string, labels: Record<string, string> = {}): AlertRule => {
  const found = rulesOf(plan).filter(
    (rule) =>
      rule.alert === alert && Object.entries(labels).every(([name, value]) => rule.labels[name] === value),
  );
  const [rule] = found;
  if (rule === undefined || found.length > 1) throw new Error(`${found.length} rules ${alert}`);
  return rule;
};

const offsite = (kind: JobKind) => ({ repository: "offsite", kind });

describe("thresholds come from the plan", () => {
  it("a backup may be as old as its schedule's longest interval and window", () => {
    const daily = { "backup.schedules.full": "15 1 * * *" };
    const weekly = { "backup.schedules.full": "15 1 * * 0" };
    const limit = (changes: Record<string, unknown>): number =>
      Number(
        /> (\d+)/.exec(
          find(planOf("primary", changes), "HoldfastBackupTooOld", offsite("full")).expression,
        )?.[1],
      );
    expect(limit(daily)).toBeGreaterThan(24 * 3600);
    expect(limit(daily)).toBeLessThan(28 * 3600);
    expect(limit(weekly)).toBeGreaterThan(7 * 24 * 3600);
  });

  it("an hour more where the clocks change", () => {
    const limit = (timeZone: string): number =>
      Number(
        /> (\d+)/.exec(
          find(planOf("primary", { "backup.timeZone": timeZone }), "HoldfastBackupTooOld", offsite("incr"))
            .expression,
        )?.[1],
      );
    expect(limit("Europe/Berlin") - limit("Etc/UTC")).toBe(3600);
  });

  it("the archive by RPO and archive_timeout", () => {
    const plan = planOf("primary", { "targets.rpo": "10 minutes", "database.archiveTimeout": "2 minutes" });
    const of = (alert: string) => find(plan, alert, { repository: "offsite" }).expression;
    expect(of("HoldfastArchiveLagHalfRpo")).toContain("> 300)");
    expect(of("HoldfastArchiveLagOverRpo")).toContain("> 600)");
    // Seen within archive_timeout and 60 s: the rest of the minute is for looking.
    expect(of("HoldfastArchiveBehind")).toContain("> 150)");
  });

  it("pg_wal by the volume and max_wal_size", () => {
    const plan = planOf("primary", {
      "database.volume": "10Gi",
      "database.parameters": { max_wal_size: "3GB" },
    });
    expect(find(plan, "HoldfastVolumeFilling", { step: "70" }).expression).toContain(`> ${7 * 1024 ** 3}`);
    expect(find(plan, "HoldfastWalPilingUp").expression).toContain(`> ${6 * 1024 ** 3})`);
  });
});

describe("every rule", () => {
  const plan = withEveryKind(planOf("primary"));
  const rules = rulesOf(plan);

  it("has a name of the list, and the list none that no rule has", () => {
    expect(new Set(rules.map(({ alert }) => alert))).toEqual(new Set(alertNames));
  });

  it("has labels of its own: two with the same would be one alert", () => {
    const keys = rules.map(({ alert, labels }) => JSON.stringify([alert, labels]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("reads only metrics whose absence has an alert", () => {
    const missed = new Set(
      rules.flatMap(({ misses }) => (misses === undefined ? [] : [JSON.stringify(misses)])),
    );
    for (const rule of rules) for (const read of rule.reads) expect(missed).toContain(JSON.stringify(read));
    const named = rules.flatMap(
      ({ expression }) => expression.match(/\b(?:holdfast|pg)_[a-z_]+|\bup(?={)/g) ?? [],
    );
    const metrics = new Set([...missed].map((one) => (JSON.parse(one) as { metric: string }).metric));
    for (const metric of named) expect(metrics).toContain(metric);
  });

  it("says what to do", () => {
    for (const { summary, action, when } of rules)
      for (const words of [summary, action, when]) expect(words.length).toBeGreaterThan(20);
  });

  it("of a site leaves the other site alone", () => {
    for (const { expression } of rulesOf(planOf("dr"))) expect(expression).not.toContain('site="primary"');
  });
});

it("a standby keeps the active site's rules: they hold it to its schedules once it is active", () => {
  const of = (role: string) => renderRules(planAlerts(planOf("dr", { "site.role": role })), "dr");
  expect(of("standby")).toBe(of("active"));
});

it("docs/alerts.md has the table of the committed stack file of primary (holdfast rules --table writes it)", () => {
  const page = readFileSync(new URL("../../docs/alerts.md", import.meta.url), "utf8");
  const table = page.split(/<!-- table -->\n|<!-- end -->/)[1] ?? "";
  // The formatter pads the cells.
  const bare = (text: string) => text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---").trim();
  expect(bare(table)).toBe(bare(renderAlertTable(planAlerts(withEveryKind(planOf("primary"))))));
});
