/** Values by series, as written: `name{label="value"}`. */
export type Samples = ReadonlyMap<string, number>;

const comment = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.+)$/;
const label = '[a-zA-Z_]\\w*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const sample = new RegExp(
  `^([a-zA-Z_:][\\w:]*)(\\{(?:${label}(?:,${label})*)?\\})? ([+-]?(?:\\d+(?:\\.\\d*)?(?:e[+-]?\\d+)?|Inf)|NaN)$`,
);

/**
 * Prometheus' text format, strictly: each line is one, every series' metric has
 * its type before it, and none comes twice.
 */
export function parseMetrics(text: string): Samples {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  for (const line of text.slice(0, -1).split("\n")) {
    const [, word, described = "", rest = ""] = comment.exec(line) ?? [];
    if (word === "TYPE") {
      if (types.has(described)) throw new Error(`a second TYPE: ${line}`);
      types.set(described, rest);
    }
    if (word !== undefined) continue;
    const [, name, labels = "", value] = sample.exec(line) ?? [];
    if (name === undefined || value === undefined) throw new Error(`not a line of metrics: ${line}`);
    if (![name, name.replace(/_(bucket|sum|count)$/, "")].some((known) => types.has(known)))
      throw new Error(`no TYPE before: ${line}`);
    const series = name + labels;
    if (samples.has(series)) throw new Error(`a second time: ${line}`);
    samples.set(series, Number(value.replace("Inf", "Infinity")));
  }
  return samples;
}
