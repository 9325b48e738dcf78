import { parseDocument, Scalar, visit } from "yaml";

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
    // deleteIn throws where the section itself is missing.
    if (value === null) {
      if (document.hasIn(["config", ...path])) document.deleteIn(["config", ...path]);
    } else document.setIn(["config", ...path], nodeOf(value));
  }
  return document.toString({ lineWidth: 0 });
}

/** Quoted where it begins like a date: Pulumi's YAML would make a time of it, and hand on other words. */
function nodeOf(value: string | number | boolean): unknown {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}/.test(value)) return value;
  const node = new Scalar(value);
  node.type = Scalar.QUOTE_DOUBLE;
  return node;
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
