import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { type Verdict, verdictSchema } from "../../../contract/verdict.ts";

export const repository = join(import.meta.dirname, "..", "..", "..");
const launcher = join(repository, "holdfast");

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One `holdfast` command, whatever its exit status. */
export async function holdfast(args: readonly string[], timeoutMs = 1_200_000): Promise<CommandResult> {
  const result = await execa(launcher, args, {
    cwd: repository,
    reject: false,
    timeout: timeoutMs,
    stdin: "ignore",
  });
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}

/** What `eval "$(./holdfast env)"` puts into a shell. */
export async function labShell(): Promise<Record<string, string>> {
  const result = await execa("sh", ["-c", 'eval "$(./holdfast env)" && env -0'], { cwd: repository });
  const pairs = result.stdout.split("\0").filter((line) => line.includes("="));
  return Object.fromEntries(
    pairs.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/** A command in that shell, as a person types it. */
export async function inLabShell(command: readonly string[], timeoutMs = 1_200_000): Promise<CommandResult> {
  const [file, ...args] = command;
  if (file === undefined) throw new Error("no command");
  const env = await labShell();
  const result = await execa(file, args, {
    cwd: repository,
    env,
    extendEnv: false,
    reject: false,
    timeout: timeoutMs,
    stdin: "ignore",
  });
  return { exitCode: result.exitCode ?? -1, stdout: result.stdout, stderr: result.stderr };
}

export interface DrillResult extends CommandResult {
  readonly directory: string;
  readonly verdict: Verdict | null;
}

export async function drill(
  id: string,
  args: readonly string[] = [],
  timeoutMs = 2_100_000,
): Promise<DrillResult> {
  const directory = join(repository, "runs", id);
  const result = await holdfast(["drill", "--run-id", id, ...args], timeoutMs);
  const file = join(directory, "verdict.json");
  const verdict = existsSync(file) ? verdictSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : null;
  return { ...result, directory, verdict };
}

/** What a failed expectation should show of a drill: the end of what a person saw. */
export function tail(result: CommandResult, lines = 40): string {
  return [...result.stdout.split("\n").slice(-lines), ...result.stderr.split("\n").slice(-lines)].join("\n");
}

/** A name that no earlier run has. */
export function runId(what: string): string {
  return `${what}-${Date.now().toString(36)}`;
}
