import { words } from "./reporters/words.ts";
import { isGroup, type ScenarioItem, stepsOf } from "./step.ts";

/** The steps with what each is expected to take, and nothing done. */
export function renderDryRun(
  scenario: readonly ScenarioItem[],
  expected: Readonly<Record<string, number>>,
): readonly string[] {
  const known = (id: string, fallback: number): number => expected[id] ?? fallback;
  const lines: string[] = [];
  let totalMs = 0;
  for (const item of scenario) {
    const steps = stepsOf([item]);
    const times = steps.map((step) => known(step.id, step.expectedMs));
    totalMs += isGroup(item) ? times.reduce((a, b) => Math.max(a, b), 0) : (times[0] ?? 0);
    for (const [index, step] of steps.entries()) {
      const beside = isGroup(item) && index > 0 ? "  | " : "    ";
      const origin = expected[step.id] === undefined ? "" : " (earlier runs)";
      lines.push(
        `${beside}${step.id.padEnd(16)} ${words(times[index] ?? 0).padStart(8)}  ${step.title}${origin}`,
      );
    }
  }
  return [
    ...lines,
    `    ${"in all".padEnd(16)} ${words(totalMs).padStart(8)}  steps that run side by side counted once`,
  ];
}
