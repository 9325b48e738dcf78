// Alerts of the running lab's own Prometheus, which reads the active site from the third place: an archive command that
// lies, and a schedule that was suspended. promtool judges every rule by itself (tests/lab/alert-rules.test.ts); here
// the whole way is shown, from the server to the alert. Nobody is paged: the lab has no Alertmanager.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { renderRules } from "../../cli/rules/render.ts";
import { readSiteRules } from "../../cli/rules/site-rules.ts";
import { readSiteConfig } from "../../cli/rules/stack-file.ts";
import type { SiteName } from "../../lab/net/addresses.ts";
import { installRules, prometheusEndpoint } from "../../lab/third/prometheus.ts";
import { planAlerts } from "../../plan/alerts/index.ts";
import { planSite } from "../../plan/index.ts";
import { repository } from "../lab/support/holdfast.ts";
import type { Kubectl } from "../lab/support/namespace.ts";
import { layout } from "../lab/support/places.ts";
import { activeSite, endSegment, setsOf } from "../lab/support/site-metrics.ts";
import { readyAgain, replaceArgument } from "./support/arguments.ts";

let site: SiteName;
let kubectl: Kubectl;

beforeAll(async () => {
  ({ site, kubectl } = await activeSite());
});
afterAll(async () => installRules(layout, await readSiteRules(repository)));

const answerSchema = z.object({
  data: z.object({
    alerts: z.array(z.object({ labels: z.record(z.string(), z.string()), state: z.string() })),
  }),
});

type Labels = Readonly<Record<string, string>>;

async function isFiring(labels: Labels): Promise<boolean> {
  const answer = await fetch(`${prometheusEndpoint}/api/v1/alerts`, { signal: AbortSignal.timeout(10_000) });
  const { data } = answerSchema.parse(await answer.json());
  return data.alerts.some(
    (alert) =>
      alert.state === "firing" &&
      Object.entries(labels).every(([name, value]) => alert.labels[name] === value),
  );
}

/** Seconds until the alert fires, or is over. */
async function secondsUntil(
  firing: boolean,
  labels: Labels,
  withinSeconds: number,
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<number> {
  const began = performance.now();
  for (;;) {
    const seconds = (performance.now() - began) / 1000;
    if ((await isFiring(labels)) === firing) return seconds;
    if (seconds > withinSeconds)
      throw new Error(
        `${JSON.stringify(labels)} ${firing ? "does not fire" : "still fires"} after ${seconds} s`,
      );
    await meanwhile();
    await sleep(2_000);
  }
}

test("an archive command replaced by /bin/true is alerted within archive_timeout and a minute", async () => {
  const behind = { alertname: "HoldfastArchiveBehind", site, repository: "offsite" };
  await secondsUntil(false, behind, 120);
  const usual = await replaceArgument(kubectl, "archive_command", "archive_command=/bin/true");
  try {
    await readyAgain(kubectl);
    const seconds = await secondsUntil(true, behind, 120, () => endSegment(kubectl));
    expect(seconds).toBeLessThanOrEqual(120);
    console.log(`HoldfastArchiveBehind after ${seconds.toFixed(0)} s`);
  } finally {
    await replaceArgument(kubectl, "archive_command", usual);
    await readyAgain(kubectl);
  }
  await secondsUntil(false, behind, 300, () => endSegment(kubectl));
});

test("a suspended schedule is alerted, and one that runs is not", async () => {
  // As the committed plan has it, but every two minutes: the rules and the CronJob alike.
  const config = await readSiteConfig(join(repository, `Pulumi.${site}.yaml`), site);
  const plan = planSite(config);
  const short = { cron: "*/2 * * * *", startingDeadlineSeconds: 30, activeDeadlineSeconds: 90 };
  const schedules = plan.schedules.map((one) =>
    one.repository === "offsite" && one.type === "incr" ? { ...one, ...short } : one,
  );
  const rules = await readSiteRules(repository);
  await installRules(layout, {
    ...rules,
    [site]: renderRules(planAlerts({ ...plan, schedules }), site),
  });
  const tooOld = { alertname: "HoldfastBackupTooOld", site, repository: "offsite", kind: "incr" };
  const cronJob = plan.schedules.find(
    ({ repository: where, type }) => where === "offsite" && type === "incr",
  );
  const patch = (spec: Readonly<Record<string, unknown>>) =>
    kubectl(["patch", "cronjob", cronJob?.name ?? "", "--patch", JSON.stringify({ spec })]);
  try {
    await patch({ schedule: short.cron });
    const before = (await setsOf(kubectl, "offsite")).length;
    await expect
      .poll(async () => (await setsOf(kubectl, "offsite")).length, { timeout: 240_000, interval: 3_000 })
      .toBeGreaterThan(before);
    await secondsUntil(false, tooOld, 60);
    for (let look = 0; look < 24; look += 1) {
      expect(await isFiring(tooOld)).toBe(false);
      await sleep(5_000);
    }
    await patch({ suspend: true });
    // Longest interval and window are 5 minutes, then a minute until it is told.
    const seconds = await secondsUntil(true, tooOld, 420);
    console.log(`HoldfastBackupTooOld ${seconds.toFixed(0)} s after the suspension`);
    await patch({ suspend: false });
    await secondsUntil(false, tooOld, 240);
  } finally {
    await patch({ schedule: cronJob?.cron, suspend: false });
  }
});
