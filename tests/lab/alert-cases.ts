import type { AlertName, AlertRule, Selector } from "../../plan/alerts/index.ts";

/** Values of a metric, one a sample from time 0: promtool's notation, or a function of the case's length in samples. */
export interface Case {
  /** The rule's metrics, in the order of `reads`, so that it fires. */
  readonly fires: (rule: AlertRule) => readonly string[];
  /** As near to firing as it may come. */
  readonly quiet: (rule: AlertRule) => readonly string[];
}

/** The number that a rule compares with. */
export function limitOf({ alert, expression }: AlertRule): number {
  const match = />=? ([\d.]+)/.exec(expression);
  if (match?.[1] === undefined) throw new Error(`${alert} compares with no number: ${expression}`);
  return Number(match[1]);
}

const steady = (value: number): string => `${value}+0x`;
/** A time that moves on with the clock, so many seconds behind it. */
const behindBy = (seconds: number): string => `${-seconds}+${perStep}x`;
/** In place of the seconds between two samples, which differ from test to test. */
const perStep = "STEP";

const yes: Case = { fires: () => [steady(1)], quiet: () => [steady(0)] };
const no: Case = { fires: () => [steady(0)], quiet: () => [steady(1)] };
const above: Case = {
  fires: (rule) => [steady(limitOf(rule) + 1)],
  quiet: (rule) => [steady(limitOf(rule))],
};
const old: Case = {
  fires: (rule) => [behindBy(limitOf(rule) + 1)],
  quiet: (rule) => [behindBy(limitOf(rule))],
};

/** How each alert that reads a metric is made to fire and kept from it; one without an entry does not compile. */
export const cases: Readonly<Record<Exclude<AlertName, TwinName>, Case>> = {
  HoldfastBackupTooOld: old,
  HoldfastJobFailed: yes,
  HoldfastJobOverdue: old,
  HoldfastArchiveFailing: { fires: () => ["0+1x"], quiet: () => [steady(7)] },
  HoldfastArchiveClosed: no,
  HoldfastArchiveBehind: above,
  HoldfastArchiveLagHalfRpo: above,
  HoldfastArchiveLagOverRpo: above,
  HoldfastArchiveGap: yes,
  HoldfastRepositoryUnreachable: no,
  HoldfastRepositoryLeftOut: yes,
  // Size, what is left, pg_wal.
  HoldfastVolumeFilling: {
    fires: (rule) => [steady(1000), steady(1000 - 10 * stepOf(rule) - 1), steady(1)],
    quiet: (rule) => [steady(1000), steady(1000 - 10 * stepOf(rule)), steady(1)],
  },
  HoldfastWalPilingUp: above,
  HoldfastObjectLag: above,
  HoldfastObjectsMissing: above,
  HoldfastDatabaseDown: no,
  HoldfastMetricsStale: old,
  HoldfastTargetDown: no,
};

type TwinName =
  | "HoldfastBackupNeverMade"
  | "HoldfastJobNeverRun"
  | "HoldfastJobNeverDone"
  | "HoldfastMetricMissing"
  | "HoldfastTargetMissing"
  | "HoldfastNobodyServes";

export function caseOf(rule: AlertRule): Case {
  const found = (cases as Readonly<Record<string, Case>>)[rule.alert];
  if (found === undefined) throw new Error(`${rule.alert} reads a metric and has no case`);
  return found;
}

function stepOf({ labels }: AlertRule): number {
  return Number(labels.step);
}

export interface PromtoolTest {
  readonly name: string;
  readonly interval: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly promql_expr_test: readonly {
    readonly expr: string;
    readonly eval_time: string;
    readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
  }[];
}

/** A long wait is looked at less often; beyond five minutes Prometheus would take a series for gone. */
const stepOfSeconds = (forSeconds: number): number => (forSeconds > 3600 ? 240 : 60);

/**
 * Three tests for a rule that reads metrics: it fires, it stays quiet, and each metric that
 * is not there has its twin fire. The site is the active one all the while.
 */
export function testsOf(rule: AlertRule, all: readonly AlertRule[], site: string): readonly PromtoolTest[] {
  const { fires, quiet } = caseOf(rule);
  const twins = rule.reads.map((read) => {
    const twin = all.find(({ misses }) => misses !== undefined && seriesOf(misses) === seriesOf(read));
    if (twin === undefined)
      throw new Error(`${rule.alert}: nothing notices that ${seriesOf(read)} is not there`);
    return { read, twin };
  });
  const world = (values: readonly string[], skip: Selector | null, steps: number, step: number) => [
    { series: infoOf(site), values: `1+0x${steps}` },
    ...rule.reads.flatMap((read, index) =>
      read === skip
        ? []
        : [{ series: seriesOf(read), values: `${values[index]?.replace("STEP", String(step))}${steps}` }],
    ),
  ];
  const test = (
    what: string,
    of: AlertRule,
    firing: boolean,
    values: readonly string[],
    skip: Selector | null,
  ) => {
    const step = stepOfSeconds(of.forSeconds);
    const steps = Math.ceil(of.forSeconds / step) + 8;
    return {
      name: `${rule.alert} ${JSON.stringify(rule.labels)}: ${what}`,
      interval: `${step}s`,
      input_series: world(values, skip, steps, step),
      promql_expr_test: [
        {
          expr: `count by (alertname) (${firingOf(of)})`,
          eval_time: `${steps * step}s`,
          exp_samples: firing ? [{ labels: `{alertname="${of.alert}"}`, value: 1 }] : [],
        },
      ],
    };
  };
  return [
    test("fires", rule, true, fires(rule), null),
    test("stays quiet", rule, false, quiet(rule), null),
    ...twins.map(({ read, twin }) =>
      test(`fires its twin without ${read.metric}`, twin, true, quiet(rule), read),
    ),
    ...twins.map(({ read, twin }) =>
      test(`keeps its twin quiet with ${read.metric}`, twin, false, quiet(rule), null),
    ),
  ];
}

export function firingOf({ alert, severity, labels }: AlertRule): string {
  const pairs = Object.entries({ alertname: alert, severity, ...labels, alertstate: "firing" });
  return `ALERTS{${pairs.map(([name, value]) => `${name}="${value}"`).join(",")}}`;
}

export function seriesOf({ metric, labels }: Selector): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return `${metric}{${pairs.join(",")}}`;
}

export function infoOf(site: string, role = "active"): string {
  return `holdfast_info{site="${site}",role="${role}",epoch="1"}`;
}
