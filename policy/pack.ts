import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type {
  PolicyResource,
  PolicyResourceOptions,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import policy from "@pulumi/policy";
import { type Judgement, judgeResource, judgeStack } from "./judge.ts";
import {
  exceptSetting,
  type Resource,
  type ResourceRule,
  type Rule,
  type StackRule,
  type World,
} from "./rule.ts";
import { linkOf, rules } from "./rules/index.ts";

const root = resolve(import.meta.dirname, "..");

const world: World = {
  readFile: (path) => {
    try {
      return readFileSync(resolve(root, path), "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
  },
};

/** Inputs as each resource was registered, by URN: rules over the stack judge these, not what providers make of them. */
const registered = new Map<string, Resource>();

interface Given {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: Record<string, unknown>;
  readonly opts: PolicyResourceOptions;
  readonly provider?: PolicyResource["provider"];
}

function toResource(given: Given): Resource {
  const { type, name, urn, props, opts, provider } = given;
  return {
    type,
    name,
    urn,
    props,
    protect: opts.protect,
    sources: {},
    ...(provider === undefined
      ? {}
      : { provider: { name: provider.name, urn: provider.urn, props: provider.props } }),
  };
}

function toPolicy(rule: Rule): ResourceValidationPolicy | StackValidationPolicy {
  return rule.kind === "resource" ? toResourcePolicy(rule) : toStackPolicy(rule);
}

function toResourcePolicy(rule: ResourceRule): ResourceValidationPolicy {
  return {
    ...textOf(rule),
    validateResource: (args, report) => {
      const resource = toResource(args);
      registered.set(resource.urn, resource);
      const judgement = judgeResource(rule, resource, args.getConfig(), world);
      if (judgement === undefined) args.notApplicable();
      else tell(rule, judgement, report);
    },
  };
}

function toStackPolicy(rule: StackRule): StackValidationPolicy {
  return {
    ...textOf(rule),
    validateStack: (args, report) => {
      const resources = args.resources.map(
        (one): Resource => ({
          ...(registered.get(one.urn) ?? toResource(one)),
          sources: Object.fromEntries(
            Object.entries(one.propertyDependencies).map(([name, from]) => [
              name,
              from.map(({ urn }) => urn),
            ]),
          ),
        }),
      );
      const judgement = judgeStack(rule, resources, args.getConfig(), world);
      if (judgement === undefined) args.notApplicable();
      else tell(rule, judgement, report);
    },
  };
}

function textOf(rule: Rule): Omit<ResourceValidationPolicy, "validateResource"> {
  return {
    name: rule.name,
    description: rule.title,
    severity: rule.severity,
    enforcementLevel: rule.level,
    remediationSteps: rule.remediation,
    url: linkOf(rule),
    configSchema: {
      properties: Object.fromEntries(
        Object.entries({ ...rule.settings, except: exceptSetting }).map(([name, setting]) => [
          name,
          { ...setting.schema, description: setting.description, default: setting.default },
        ]),
      ),
    },
  };
}

/**
 * A rule that met an unknown value is reported by the library as one that could not run, which is advisory: the
 * up judges again with the value, and before the resource is made where it is a resource's rule.
 */
function tell(
  rule: Rule,
  { findings, unknown }: Judgement,
  report: (message: string, urn?: string) => void,
): void {
  for (const { message, at } of findings)
    report(`${message}\nwhy: ${rule.reason}\nmend: ${rule.remediation}\nsee: ${linkOf(rule)}`, at?.urn);
  if (unknown === undefined) return;
  unknown.message = `notJudged: ${unknown.message}`;
  throw unknown;
}

// The library reads the pack's version from the package.json of the folder it runs in, and which that is is the
// language host's choice.
process.chdir(import.meta.dirname);
new policy.PolicyPack("holdfast", { policies: rules.map(toPolicy), enforcementLevel: "advisory" });
