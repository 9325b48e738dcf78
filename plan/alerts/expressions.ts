import type { Selector } from "./types.ts";

export function select(
  site: string,
  metric: string,
  labels: Readonly<Record<string, string>> = {},
): Selector {
  return { metric, labels: { site, ...labels } };
}

export function text({ metric, labels }: Selector): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(",")}}`;
}

/** A site that stands by makes no backups and misses none: only the active one is held to its schedule. */
export function whileActive(site: string, expression: string): string {
  return `(${expression}) and on() ${text(activeInfo(site))}`;
}

export function activeInfo(site: string): Selector {
  return select(site, "holdfast_info", { role: "active" });
}

/** Older than the clock by more than so many seconds. */
export function olderThan(selector: Selector, seconds: number): string {
  return `time() - ${text(selector)} > ${seconds}`;
}
