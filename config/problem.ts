import { UserError } from "../errors/user-error.ts";

/** One thing that is wrong (or, as a warning, doubtful) in a stack file. */
export interface Problem {
  /** Path below `holdfast:`, for example `backup.schedules.full`. */
  readonly path: string;
  readonly what: string;
  /** The value as given. Never set for a secret. */
  readonly got?: string;
  readonly allowed?: string;
  readonly hint?: string;
}

export function formatProblem(problem: Problem): string {
  const parts = [`holdfast:${problem.path}: ${problem.what}`];
  if (problem.got !== undefined) parts.push(`got ${problem.got}`);
  if (problem.allowed !== undefined) parts.push(`allowed ${problem.allowed}`);
  const line = parts.join("; ");
  return problem.hint === undefined ? line : `${line}\n    hint: ${problem.hint}`;
}

/** All problems in one error: nobody should have to mend a stack file one message at a time. */
export function configError(stack: string, problems: readonly Problem[]): UserError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
  return new UserError("CONFIG_INVALID", {
    what: `the configuration of stack ${stack} has ${count}\n${lines.join("\n")}`,
    hint: `correct the named paths in Pulumi.${stack}.yaml and run again; nothing was changed`,
  });
}

/** A value as a person wrote it, cut short. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
