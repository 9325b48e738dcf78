import type { Problem } from "../problem.ts";

/** What checks that compare values found. */
export interface Findings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export const nothing: Findings = { problems: [], warnings: [] };

export function problem(found: Problem): Findings {
  return { problems: [found], warnings: [] };
}

export function warning(found: Problem): Findings {
  return { problems: [], warnings: [found] };
}

export function gather(findings: readonly Findings[]): Findings {
  return {
    problems: findings.flatMap((one) => one.problems),
    warnings: findings.flatMap((one) => one.warnings),
  };
}
