// Every alert rule under promtool, from one table (alert-cases.ts): it fires, stays quiet one step before that, and
// without its metric its twin fires. Needs Prometheus' programs, not the running lab. Does not prove that the
// exporters give these metrics: tests/faults/alerts.test.ts.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { renderRules } from "../../cli/rules/render.ts";
import { cacheRoot } from "../../lab/cache/index.ts";
import { prometheusProgram, prometheusRoot } from "../../lab/images/prometheus-root.ts";
import { silentProgress } from "../../lab/progress/index.ts";
import { type AlertRule, alertNames, planAlerts } from "../../plan/alerts/index.ts";
import { planSite } from "../../plan/index.ts";
import { load } from "../config/stack-files.ts";
import { withEveryKind } from "../plan/watched-plan.ts";
import { firingOf, infoOf, type PromtoolTest, seriesOf, testsOf } from "./alert-cases.ts";

const site = "primary";
const { config } = load(site);
if (config.kind !== "site") throw new Error("not a site's config");
const groups = planAlerts(withEveryKind(planSite(config)));
const rules = groups.flatMap((group) => group.rules);
const reading = rules.filter(({ reads }) => reads.length > 0);

let folder: string;
let promtool: string;

beforeAll(async () => {
  const root = await prometheusRoot({ root: cacheRoot(), progress: silentProgress });
  promtool = prometheusProgram(root.path, "promtool");
  folder = await mkdtemp(join(tmpdir(), "holdfast-rules-"));
  await writeFile(join(folder, "rules.yml"), renderRules(groups, site));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A file a set: each evaluates only the rules that it is about. */
async function run(
  sets: readonly { readonly tests: readonly PromtoolTest[]; readonly of?: readonly AlertRule[] }[],
): Promise<string> {
  const files = await Promise.all(
    sets.map(async ({ tests, of }, index) => {
      const only = of === undefined ? groups : [{ name: "some", intervalSeconds: 10, rules: of }];
      await writeFile(join(folder, `rules-${index}.yml`), renderRules(only, site));
      const evaluation_interval = tests.some(({ interval }) => interval === "60s") ? "60s" : "240s";
      const file = { rule_files: [`rules-${index}.yml`], evaluation_interval, tests };
      await writeFile(join(folder, `tests-${index}.yml`), stringify(file, { lineWidth: 0 }));
      return `tests-${index}.yml`;
    }),
  );
  const { all, exitCode } = await execa(promtool, ["test", "rules", ...files], {
    cwd: folder,
    reject: false,
    all: true,
  });
  return exitCode === 0 ? "passed" : all;
}

/** By the distance of their samples, with the rules they ask about. */
function setsOf(rule: AlertRule): Parameters<typeof run>[0] {
  const twins = rules.filter(
    ({ misses }) => misses !== undefined && rule.reads.some((read) => seriesOf(read) === seriesOf(misses)),
  );
  const tests = testsOf(rule, rules, site);
  return [...new Set(tests.map(({ interval }) => interval))].map((interval) => ({
    tests: tests.filter((one) => one.interval === interval),
    of: [rule, ...twins],
  }));
}

test("Prometheus takes the rules", async () => {
  const { exitCode, stdout } = await execa(promtool, ["check", "rules", join(folder, "rules.yml")], {
    reject: false,
  });
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toContain(`${rules.length} rules found`);
});

test("no rule is without its cases: fires, stays quiet, and a twin for each metric", async () => {
  const missed = new Set(rules.flatMap(({ misses }) => (misses === undefined ? [] : [seriesOf(misses)])));
  for (const rule of reading) {
    expect(testsOf(rule, rules, site).length, rule.alert).toBe(2 + 2 * rule.reads.length);
    for (const read of rule.reads) missed.delete(seriesOf(read));
  }
  // Who is active is read by every rule, and missed by one.
  expect([...missed]).toEqual([seriesOf({ metric: "holdfast_info", labels: { role: "active" } })]);
  expect(new Set(rules.map(({ alert }) => alert))).toEqual(new Set(alertNames));
});

test.each([...new Set(reading.map(({ alert }) => alert))])("%s", async (name) => {
  expect(await run(reading.filter(({ alert }) => alert === name).flatMap(setsOf))).toBe("passed");
});

const firing = 'count by (alertname) (ALERTS{alertstate="firing"})';

test("a site that stands by misses nothing, however long", async () => {
  const others = [infoOf("dr"), 'up{job="holdfast",site="dr"}', 'up{job="postgres",site="dr"}'];
  const down = ['up{job="holdfast",site="primary"}', 'up{job="postgres",site="primary"}'];
  const objects = ["holdfast_object_lag_seconds", "holdfast_objects_missing"];
  const standby: PromtoolTest = {
    name: "standby",
    interval: "240s",
    input_series: [
      ...others.map((series) => ({ series, values: "1+0x400" })),
      ...[...down, ...objects].map((series) => ({ series, values: "0+0x400" })),
    ],
    promql_expr_test: [{ expr: firing, eval_time: "1600m", exp_samples: [] }],
  };
  expect(await run([{ tests: [standby] }])).toBe("passed");
});

test("nobody who serves is noticed, and one who does is not", async () => {
  const nobody = rules.find(({ alert }) => alert === "HoldfastNobodyServes");
  if (nobody === undefined) throw new Error("no such rule");
  const of = (role: string, found: boolean): PromtoolTest => ({
    name: role,
    interval: "60s",
    input_series: [{ series: infoOf(site, role), values: "1+0x10" }],
    promql_expr_test: [
      {
        expr: `count by (alertname) (${firingOf(nobody)})`,
        eval_time: "10m",
        exp_samples: found ? [{ labels: '{alertname="HoldfastNobodyServes"}', value: 1 }] : [],
      },
    ],
  });
  expect(await run([{ tests: [of("active", false), of("draining", true)], of: [nobody] }])).toBe("passed");
});

test("a lost site's targets are missed for an hour, unless the other one serves", async () => {
  const lost = (other: boolean): PromtoolTest => ({
    name: other ? "the other serves" : "nobody serves",
    interval: "60s",
    input_series: [
      { series: infoOf(site), values: "1+0x5 stale" },
      { series: 'up{job="holdfast",site="primary"}', values: "1+0x5 0+0x14" },
      ...(other ? [{ series: infoOf("dr"), values: "_x8 1+0x12" }] : []),
    ],
    promql_expr_test: [
      {
        expr: 'count by (alertname) (ALERTS{alertname="HoldfastTargetDown",alertstate="firing"})',
        eval_time: "18m",
        exp_samples: other ? [] : [{ labels: '{alertname="HoldfastTargetDown"}', value: 1 }],
      },
    ],
  });
  expect(await run([{ tests: [lost(false), lost(true)] }])).toBe("passed");
});
