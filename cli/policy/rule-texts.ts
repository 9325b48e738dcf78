import { z } from "zod";
import { UserError } from "../../errors/user-error.ts";
import type { Rule } from "../../policy/rule.ts";
import { linkOf } from "../../policy/rules/index.ts";
import type { RuleText } from "../../report/policy/judge.ts";

const levels = ["advisory", "mandatory", "remediate", "disabled"] as const;

const settingsSchema = z.record(
  z.string(),
  z.union([
    z.enum(levels),
    z.looseObject({
      enforcementLevel: z.enum(levels).optional(),
      except: z.record(z.string(), z.string()).optional(),
    }),
  ]),
);

type Settings = z.infer<typeof settingsSchema>;

/** The settings file that the preview was given, to say which levels and exceptions were in force. */
export function parsePolicySettings(text: string, file: string): Settings {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UserError("ARGUMENT_INVALID", { what: "the policy settings are not JSON", got: file, cause });
  }
  const parsed = settingsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join(".") || "the file"}: ${message}`,
  );
  throw new UserError("ARGUMENT_INVALID", {
    what: "the policy settings are not what the pack takes",
    got: `${file}: ${problems.join("; ")}`,
    allowed: `rule name to ${levels.join(", ")}, or to an object with enforcementLevel and the rule's settings`,
  });
}

export function ruleTexts(rules: readonly Rule[], settings: Settings): readonly RuleText[] {
  return rules.map((rule) => {
    const given = settings[rule.name];
    const own = typeof given === "string" ? { enforcementLevel: given } : (given ?? {});
    const { name, title, severity, reason, remediation } = rule;
    return {
      ...{ name, title, severity, reason, remediation, link: linkOf(rule) },
      level: own.enforcementLevel ?? (settings.all as string | undefined) ?? rule.level,
      except: "except" in own ? (own.except ?? {}) : {},
    };
  });
}
