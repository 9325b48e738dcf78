/**
 * The sections of a stack file, from Pulumi's whole config: `holdfast:site`
 * becomes `site`, other namespaces (`pulumi:`, `kubernetes:`) are left out.
 * Taking the whole map, not one `getObject` a section, is what lets a misspelt
 * section be seen.
 *
 * @param all keys with their namespace, and values as parsed JSON or as the
 * text that `pulumi.runtime.allConfig()` gives
 */
export function sectionsFromPulumi(all: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const sections: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(all)) {
    if (!key.startsWith("holdfast:")) continue;
    sections[key.slice("holdfast:".length)] = typeof value === "string" ? parseJson(value) : value;
  }
  return sections;
}

/** A section that is no JSON stays text: `loadConfig` then says at which path an object was expected. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
