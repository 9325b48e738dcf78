// Stand-in for Pulumi's Node language host: the lab's alone.
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";

/** Exit status of the SDK's runner when it has shown the error itself: the engine must add nothing. */
const ALREADY_SHOWN = 32;

const running = new Set<ChildProcess>();

export interface NodeRun {
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** `inherit`: the program's output is the language host's own, which the engine shows. */
  readonly stdio: "inherit" | "pipe";
}

export function startNode(run: NodeRun): ChildProcess {
  const child = spawn(process.execPath, [...run.args], {
    cwd: run.cwd,
    env: run.env,
    stdio: ["ignore", run.stdio, run.stdio],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Ends what still runs: the engine has cancelled, or is gone. */
export function stopAll(): void {
  for (const child of running) child.kill("SIGTERM");
}

export type ProgramOutcome =
  | { readonly kind: "succeeded" }
  | { readonly kind: "shown" }
  | { readonly kind: "failed"; readonly message: string };

export function waitFor(child: ChildProcess): Promise<ProgramOutcome> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ kind: "failed", message: error.message }));
    child.once("exit", (status, signal) => {
      if (status === 0) resolve({ kind: "succeeded" });
      else if (status === ALREADY_SHOWN) resolve({ kind: "shown" });
      else
        resolve({ kind: "failed", message: `the program ended with ${signal ?? `exit status ${status}`}` });
    });
  });
}

/** The SDK's own runner, of the SDK the program has: two copies of the SDK in one process do not mix. */
export function findRunner(programDirectory: string, name: "run" | "run-plugin" | "run-policy-pack"): string {
  const request = `@pulumi/pulumi/cmd/${name}`;
  try {
    return createRequire(path.join(programDirectory, "package.json")).resolve(request);
  } catch {
    // A program outside of any package: ours will do.
    return createRequire(import.meta.url).resolve(request);
  }
}
