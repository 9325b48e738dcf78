import { table } from "../table.ts";
import type { PolicyEvents, PolicyFinding } from "./events.ts";
import type { PolicyJudgement, RuleJudgement, RuleOutcome } from "./judge.ts";

const words: Readonly<Record<RuleOutcome, string>> = {
  kept: "kept",
  broken: "**broken**",
  notJudged: "not judged",
  nothing: "nothing to judge",
  disabled: "disabled",
};

const headings: Readonly<Record<PolicyJudgement["judgement"], string>> = {
  met: "met",
  missed: "missed",
  notJudged: "not judged",
};

/** For a pull request: the verdict, what is broken with its remedy, what could not be judged, then every rule. */
export function renderPolicyReport(events: PolicyEvents, judgement: PolicyJudgement): string {
  const { rules, others } = judgement;
  const sections = [
    `# Policies: ${headings[judgement.judgement]}\n\n${judgement.reason}.`,
    chapter("Broken", brokenRules(rules)),
    chapter("Broken, of other packs", otherFindings(others)),
    chapter("Not judged before the up", notJudged(rules)),
    chapter("Left alone, and why", exceptions(rules)),
    chapter("Every rule", everyRule(rules)),
    `Packs: ${events.packs.map(({ name, version }) => `${name} ${version}`).join(", ")}; operation: ${events.operation}.`,
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

const chapter = (title: string, body: string): string => (body === "" ? "" : `## ${title}\n\n${body}`);

function brokenRules(rules: readonly RuleJudgement[]): string {
  return rules
    .filter(({ outcome }) => outcome === "broken")
    .map(({ rule, findings }) =>
      [
        `### [${rule.name}](${rule.link}): ${rule.title}`,
        "",
        `Severity ${rule.severity}, ${findings[0]?.level ?? rule.level}. ${sentence(rule.reason)} Mend: ${sentence(rule.remediation)}`,
        "",
        table(
          ["resource", "what"],
          findings.filter((finding) => !finding.notJudged).map(({ urn, text }) => [shortUrn(urn), text]),
        ),
      ].join("\n"),
    )
    .join("\n\n");
}

function otherFindings(findings: readonly PolicyFinding[]): string {
  const rows = findings.map(({ pack, rule, level, urn, text }) => [
    `${pack}: ${rule}`,
    level,
    shortUrn(urn),
    text,
  ]);
  return rows.length === 0 ? "" : table(["rule", "level", "resource", "what"], rows);
}

function notJudged(rules: readonly RuleJudgement[]): string {
  const rows = rules.flatMap(({ rule, findings }) =>
    findings
      .filter((finding) => finding.notJudged)
      .map(({ urn, text }) => [rule.name, rule.level, shortUrn(urn), text]),
  );
  return rows.length === 0 ? "" : table(["rule", "level", "resource", "why"], rows);
}

function exceptions(rules: readonly RuleJudgement[]): string {
  const rows = rules.flatMap(({ rule }) =>
    Object.entries(rule.except).map(([name, reason]) => [rule.name, name, reason]),
  );
  return rows.length === 0 ? "" : table(["rule", "resource", "reason"], rows);
}

function everyRule(rules: readonly RuleJudgement[]): string {
  const rows = rules.map(({ rule, outcome, keptAt, findings }) => [
    `[${rule.name}](${rule.link})`,
    rule.severity,
    rule.level,
    words[outcome],
    keptAt === 0 ? "" : String(keptAt),
    findings.length === 0 ? "" : String(findings.length),
  ]);
  return table(["rule", "severity", "level", "outcome", "kept at", "findings"], rows);
}

/** Type and name: the rest of a URN says nothing that a reviewer of one stack does not know. */
function shortUrn(urn: string): string {
  if (urn === "") return "the stack";
  const [, , types = "", name = ""] = urn.split("::");
  return `\`${types.split("$").at(-1)} ${name}\``;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
