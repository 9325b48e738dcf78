import type { Rule } from "../../policy/rule.ts";
import { exceptSetting } from "../../policy/rule.ts";

/** docs/policies.md: each rule under its own name, which messages and reports link to. */
export function renderPolicies(rules: readonly Rule[]): string {
  return [intro, ...rules.map(chapter)].join("\n");
}

const intro = `# Policies

\`policy/\` is a pack for Pulumi's policy engine. It judges any stack, not only holdfast's: holdfast's own resource types, Kubernetes', AWS's and Cloudflare's.

\`\`\`sh
pulumi preview --policy-pack policy                                              # every rule at its default
pulumi preview --policy-pack policy --policy-pack-config policy/config/lab.json  # with settings
\`\`\`

It needs no installation of its own: \`@pulumi/policy\` is found in the repository's \`node_modules\`. A mandatory rule that is broken fails the preview, and the \`up\` as well. Rules judge inputs, as the program gives
them. A rule "of a resource" is judged before that resource is made; one "of the stack" at the end of a preview, so an \`up\` wants a preview before it (never \`--skip-preview\`).
What only the up will know makes a rule say \`notJudged\`, and where; that is advisory, and the up judges again. Where a bucket's settings are resources of their own (AWS), they are taken together.

## Settings

A file of settings is JSON: rule name to a level (\`"advisory"\`, \`"mandatory"\`, \`"disabled"\`) or to an object with \`enforcementLevel\` and the rule's own settings. Every rule has \`except\`: ${exceptSetting.description}.
Facts that no single stack knows (recovery point objective, detection window, what the other site requests) are settings on purpose and are not read from the stack's own config: a change that weakens a target does
not weaken its judge. \`images.lock\` beside the pack's folder lists the images that both sites run, one \`repository@sha256:<digest>\` a line.

\`policy/config/lab.json\` is the lab's: its images have tags and nothing in it is protected (both told, not refused), and the bucket of epoch and lease has neither versions nor lock.

## For reviewers

\`\`\`sh
PULUMI_DEBUG_COMMANDS=true pulumi preview --policy-pack policy --event-log events.json
holdfast policy report events.json --output policy.md --scrub
\`\`\`

The event log has debugging messages that hold secrets in clear (seen with generated passwords): write it where nobody else reads, and keep it no longer than the report needs, or rewrite it with \`--scrub\`.

The report says of every rule whether it was kept, broken, not judged, or had nothing to judge. Exit status: 0 no mandatory rule is broken; 1 one is, or the preview ended before the whole stack was judged; 2 the file is no
event log, or no pack ran. With \`--require-judged\` a mandatory rule that met an unknown value counts as broken.

## What the rules do not see

- The engine tells policies \`protect\` and not \`retainOnDelete\`.
- A resource that is only read is not shown: of a reference to another stack the pack sees the built-in provider alone.
- \`no-plain-secret\` goes by names and forms: a password of letters only under an innocent name is found by \`no-copied-secret\` if a Secret of the stack holds it, and not otherwise.
- Other backup tools' configs than pgBackRest's are not read. Policies attached to identities elsewhere are not seen.
`;

function chapter(rule: Rule): string {
  const where = rule.kind === "resource" ? "of a resource" : "of the stack";
  const settings = Object.entries(rule.settings).map(
    ([name, { description, default: value }]) =>
      `- \`${name}\`: ${description}. Default: ${showDefault(value)}`,
  );
  return [
    `## ${rule.name}`,
    "",
    `${rule.title}. Severity ${rule.severity}, ${rule.level}, ${where}.`,
    "",
    `Why: ${rule.reason}.`,
    "",
    `Mend: ${rule.remediation}.`,
    ...(settings.length === 0 ? [] : ["", ...settings]),
    "",
  ].join("\n");
}

function showDefault(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map((one) => `\`${one}\``).join(", ");
  return value === "" ? "none" : `\`${String(value)}\``;
}
