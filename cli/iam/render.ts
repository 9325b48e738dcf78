import type { IdentityRights } from "../../plan/identity-rights.ts";

interface StackIdentities {
  readonly stack: string;
  readonly identities: readonly IdentityRights[];
}

/** As Markdown: to read, and to put into a change for review. */
export function renderIdentities(stacks: readonly StackIdentities[]): string {
  return stacks
    .flatMap(({ stack, identities }) => [
      `# Identities of the stack ${stack}`,
      "",
      ...identities.flatMap((identity) => [...renderOne(identity), ""]),
    ])
    .join("\n");
}

function renderOne({ name, heldBy, purpose, madeBy, documents, words }: IdentityRights): readonly string[] {
  return [
    `## ${name}`,
    "",
    `Held by ${heldBy}. It ${purpose}. Made by ${madeBy}.`,
    ...(words.length === 0 ? [] : ["", ...words.map((line) => `- ${line}`)]),
    ...Object.entries(documents).flatMap(([what, json]) => [
      "",
      `Its ${what}:`,
      "",
      "```json",
      JSON.stringify(JSON.parse(json), null, 2),
      "```",
    ]),
  ];
}
