import { objectName } from "./read/pods.ts";
import { matchesPattern } from "./read/policy-document.ts";
import { at, ifKnown, isUnknownError, textOf } from "./read/value.ts";
import type { Finding, Resource, ResourceRule, Rule, StackRule, World } from "./rule.ts";

/** What a rule said of a resource or a stack; undefined where it has nothing to judge. */
export interface Judgement {
  readonly findings: readonly Finding[];
  /** The engine's own error for a value that only the up will know: the rule could not run to its end. */
  readonly unknown: Error | undefined;
}

/** Given settings over the rule's defaults. */
function valuesOf(rule: Rule, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const defaults = Object.entries(rule.settings).map(([name, setting]) => [name, setting.default]);
  return { ...Object.fromEntries(defaults), ...given };
}

export function judgeResource(
  rule: ResourceRule,
  resource: Resource,
  given: Readonly<Record<string, unknown>>,
  world: World,
): Judgement | undefined {
  const values = valuesOf(rule, given) as never;
  if (!rule.covers(resource, values) || isExcepted(resource, given)) return undefined;
  return collect(function* () {
    for (const message of rule.judge(resource, values, world)) yield { message, at: resource };
  });
}

export function judgeStack(
  rule: StackRule,
  resources: readonly Resource[],
  given: Readonly<Record<string, unknown>>,
  world: World,
): Judgement | undefined {
  const values = valuesOf(rule, given) as never;
  if (!resources.some((one) => rule.covers(one, values) && !isExcepted(one, given))) return undefined;
  const { findings, unknown } = collect(() => rule.judge(resources, values, world));
  return { findings: findings.filter((one) => one.at === undefined || !isExcepted(one.at, given)), unknown };
}

function collect(run: () => Iterable<Finding>): Judgement {
  const findings: Finding[] = [];
  try {
    for (const finding of run()) findings.push(finding);
  } catch (error) {
    if (error instanceof Error && isUnknownError(error)) return { findings, unknown: error };
    throw error;
  }
  return { findings, unknown: undefined };
}

/** By the name in the program, or the one that the thing itself has. */
function isExcepted(resource: Resource, given: Readonly<Record<string, unknown>>): boolean {
  const names = [
    resource.name,
    ifKnown(() => objectName(resource)),
    ifKnown(() => textOf(at(resource.props, "name"))),
    ifKnown(() => textOf(at(resource.props, "bucket"))),
  ];
  return Object.keys(given.except ?? {}).some((pattern) =>
    names.some((name) => name !== undefined && matchesPattern(pattern, name)),
  );
}
