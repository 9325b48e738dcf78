import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { execa } from "execa";
import { benchNamespace, benchPod } from "../../bench/manifest.ts";
import type { BenchAnswer, BenchPort } from "../../bench/run.ts";
import { labCpuSeconds } from "../../lab/place/cpu.ts";

export interface PortInputs {
  readonly environment: Readonly<Record<string, string>>;
  readonly context: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** The pod over kubectl, the caches over the machine's own /proc. */
export function createBenchPort(inputs: PortInputs): BenchPort & {
  readonly kubectl: (words: readonly string[], input?: string) => Promise<string>;
} {
  const kubectl = async (words: readonly string[], input?: string): Promise<string> => {
    const { stdout } = await execa("kubectl", ["--context", inputs.context, ...words], {
      env: { ...inputs.environment },
      cancelSignal: inputs.signal,
      ...(input === undefined ? {} : { input }),
    });
    return stdout;
  };
  return {
    kubectl,
    bench: async (container, ...words) => {
      const pod = ["--namespace", benchNamespace, "exec", benchPod, "--container", container];
      return parseAnswer(await kubectl([...pod, "--", "bash", "/bench/bin/bench.sh", ...words]));
    },
    dropCaches: async () => {
      await execa("sync");
      return writeFile("/proc/sys/vm/drop_caches", "3\n").then(
        () => true,
        () => false,
      );
    },
    load: () => loadavg()[0] ?? 0,
    cpuSeconds: () => labCpuSeconds(),
    say: inputs.say,
    checkpoint: () => inputs.signal.throwIfAborted(),
  };
}

/** The last line that is not empty; what a script is not asked for an answer ends without one. */
export function parseAnswer(stdout: string): BenchAnswer {
  const line = stdout.trim().split("\n").at(-1) ?? "";
  if (line === "") return {};
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as BenchAnswer;
  } catch {
    // Falls through: whatever it was, it is not the answer.
  }
  throw new Error(`the script's last line is no JSON object: ${line.slice(0, 200)}`);
}
