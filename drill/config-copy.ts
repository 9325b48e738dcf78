import { parseDocument, visit } from "yaml";

/** Changes a stack file's text for one run. The committed file is never written (rule 26). */
export interface ConfigChange {
  /** Below `config:`, for example ["holdfast:site", "role"]. */
  readonly path: readonly string[];
  /** Null takes the key away. */
  readonly value: string | number | boolean | null;
}

export function changeConfig(text: string, changes: readonly ConfigChange[]): string {
  const document = parseDocument(text);
  for (const { path, value } of changes) {
    if (value === null) document.deleteIn(["config", ...path]);
    else document.setIn(["config", ...path], value);
  }
  return document.toString({ lineWidth: 0 });
}

const secretName = /pass(word|phrase)?$|secret|accesskey|apikey|cipher|token/i;

/**
 * The text with everything that could be a secret's value hidden: encrypted
 * values, and plain values under a name that sounds like one. References to
 * files stay, because they say where to look and nothing more.
 */
export function maskSecrets(text: string): string {
  const document = parseDocument(text);
  visit(document, {
    Pair(_, pair) {
      const key = String((pair.key as { value?: unknown } | null)?.value ?? pair.key);
      const value = pair.value as { value?: unknown } | null;
      const isScalar = value !== null && typeof value === "object" && "value" in value;
      if (isScalar && (key === "secure" || key === "encryptionsalt" || secretName.test(key)))
        value.value = "***";
    },
  });
  return document.toString({ lineWidth: 0 });
}
