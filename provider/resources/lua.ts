/** One address and its share of the answers. */
export interface WeightedTarget {
  readonly address: string;
  readonly weight: number;
}

/**
 * The content of a LUA record that answers with one of the targets, by weight. A target of weight 0 is left
 * out: pickwrandom would divide its share among nobody but still accept it.
 */
export function formatWeighted(targets: readonly WeightedTarget[]): string {
  const list = targets
    .filter((target) => target.weight > 0)
    .map(({ address, weight }) => `{${weight},'${address}'}`)
    .join(",");
  return `A "pickwrandom({${list}})"`;
}

/** Reads such a content back; `undefined` when it is anything else. */
export function parseWeighted(content: string): readonly WeightedTarget[] | undefined {
  const [, list] = /^A\s+"\s*pickwrandom\(\s*\{(.*)\}\s*\)\s*"$/u.exec(content.trim()) ?? [];
  if (list === undefined) return undefined;
  const pairs = [...list.matchAll(/\{\s*(\d+)\s*,\s*'([^']+)'\s*\}/gu)];
  const rest = list.replace(/\{\s*\d+\s*,\s*'[^']+'\s*\}/gu, "").replace(/[\s,]/gu, "");
  if (pairs.length === 0 || rest !== "") return undefined;
  return pairs.map(([, weight, address]) => ({ address: address ?? "", weight: Number(weight) }));
}
