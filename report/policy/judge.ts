import type { PolicyEvents, PolicyFinding } from "./events.ts";

/** A rule's own words, as a pack has them. */
export interface RuleText {
  readonly name: string;
  readonly title: string;
  readonly severity: string;
  /** As configured for this run. */
  readonly level: string;
  readonly reason: string;
  readonly remediation: string;
  readonly link: string;
  /** Resources that it leaves alone: name to reason. */
  readonly except: Readonly<Record<string, string>>;
}

export type RuleOutcome = "kept" | "broken" | "notJudged" | "nothing" | "disabled";

export interface RuleJudgement {
  readonly rule: RuleText;
  readonly outcome: RuleOutcome;
  /** Resources where it was kept; 1 for a rule of the stack. */
  readonly keptAt: number;
  readonly findings: readonly PolicyFinding[];
}

export interface PolicyJudgement {
  readonly rules: readonly RuleJudgement[];
  /** Findings of rules that no text is known for: other packs'. */
  readonly others: readonly PolicyFinding[];
  readonly judgement: "met" | "missed" | "notJudged";
  readonly reason: string;
}

/** Of every rule what became of it. A broken rule outweighs an unknown value, which outweighs what was kept. */
export function judgePolicy(
  events: PolicyEvents,
  rules: readonly RuleText[],
  options: { readonly requireJudged: boolean },
): PolicyJudgement {
  const judged = rules.map((rule): RuleJudgement => {
    const findings = events.findings.filter((finding) => finding.rule === rule.name);
    const keptAt = events.kept.get(rule.name) ?? 0;
    return { rule, findings, keptAt, outcome: outcomeOf(rule, findings, keptAt) };
  });
  const known = new Set(rules.map(({ name }) => name));
  const others = events.findings.filter(({ rule }) => !known.has(rule));
  return { rules: judged, others, ...overall(events, judged, others, options.requireJudged) };
}

function outcomeOf(rule: RuleText, findings: readonly PolicyFinding[], keptAt: number): RuleOutcome {
  if (findings.some(({ notJudged }) => !notJudged)) return "broken";
  if (findings.length > 0) return "notJudged";
  if (keptAt > 0) return "kept";
  return rule.level === "disabled" ? "disabled" : "nothing";
}

function overall(
  events: PolicyEvents,
  judged: readonly RuleJudgement[],
  others: readonly PolicyFinding[],
  requireJudged: boolean,
): Pick<PolicyJudgement, "judgement" | "reason"> {
  const broken = events.findings.filter(
    ({ level, notJudged }) => !notJudged && level !== "advisory" && level !== "warning",
  );
  if (broken.length > 0) {
    const names = [...new Set(broken.map(({ rule }) => rule))];
    return { judgement: "missed", reason: `mandatory rules are broken: ${names.join(", ")}` };
  }
  if (!events.stackJudged)
    return { judgement: "notJudged", reason: "the preview ended before the whole stack was judged" };
  const open = judged.filter(({ rule, outcome }) => outcome === "notJudged" && rule.level === "mandatory");
  if (requireJudged && open.length > 0) {
    const names = open.map(({ rule }) => rule.name);
    return { judgement: "notJudged", reason: `mandatory rules could not be judged: ${names.join(", ")}` };
  }
  const told = events.findings.length - others.filter(({ notJudged }) => notJudged).length;
  return {
    judgement: "met",
    reason: told === 0 ? "no rule is broken" : "no mandatory rule is broken",
  };
}
