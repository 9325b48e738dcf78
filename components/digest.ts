import { createHash } from "node:crypto";

/** Short digest of texts, for pod template annotations: says "changed", and nothing of what is in a secret. */
export function digestOf(texts: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256");
  for (const key of Object.keys(texts).sort()) hash.update(JSON.stringify([key, texts[key]]));
  return hash.digest("hex").slice(0, 16);
}
