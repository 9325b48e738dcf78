import { stringify } from "yaml";
import type { AlertRule, RuleGroup } from "../../plan/alerts/index.ts";

/** Prometheus' own form, as `rule_files` takes it. */
export function renderRules(groups: readonly RuleGroup[], stack: string): string {
  const file = {
    groups: groups.map(({ name, intervalSeconds, rules }) => ({
      name,
      interval: `${intervalSeconds}s`,
      rules: rules.map((rule) => ({
        alert: rule.alert,
        expr: rule.expression,
        for: `${Math.ceil(rule.forSeconds)}s`,
        labels: { severity: rule.severity, ...rule.labels },
        annotations: { summary: rule.summary, action: rule.action },
      })),
    })),
  };
  return `# Made by holdfast rules --stack ${stack}: changes belong in the stack file.\n${stringify(file, { lineWidth: 0 })}`;
}

/** One row an alert, as docs/alerts.md has it. */
export function renderAlertTable(groups: readonly RuleGroup[]): string {
  const rules = groups.flatMap((group) => group.rules);
  const names = [...new Set(rules.map(({ alert }) => alert))];
  const rows = names.map((name) => {
    const own = rules.filter(({ alert }) => alert === name);
    const cells = [
      `\`${name}\``,
      distinct(own, ({ severity }) => severity).join(", "),
      distinct(own, ({ when }) => when).join("; "),
      distinct(own, ({ action }) => action).join("; "),
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  return ["| alert | severity | when | what to do |", "| --- | --- | --- | --- |", ...rows, ""].join("\n");
}

function distinct(rules: readonly AlertRule[], of: (rule: AlertRule) => string): readonly string[] {
  return [...new Set(rules.map(of))];
}
