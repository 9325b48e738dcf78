import { dirname } from "node:path";
import type { Command } from "commander";
import { type BenchFlags, parseBenchFlags } from "../bench/arguments.ts";

const repositoryRoot = dirname(dirname(import.meta.dirname));

/** `holdfast bench`: what backup, restore and archiving take, beside their alternatives on the same data. */
export function registerBench(program: Command): void {
  program
    .command("bench")
    .description("measure backup, restore, replay and archiving beside their alternatives, on the lab")
    .option("--size <gigabytes>", "cluster's size; several with commas: 1,2,4", "2")
    .option("--repetitions <n>", "of restore and plain copy", "7")
    .option("--slow <n>", "of everything that takes longer or decides less", "3")
    .option("--only <groups>", "some of backup,restore,incremental,archive,replay")
    .option("--segments <n>", "WAL segments of the backlog that is drained and replayed", "32")
    .option("--keep-up <seconds>", "how long pgbench writes beside the archiver", "60")
    .option("--check", "status 1 when a target is missed", false)
    .option("--keep", "leave the pod and the buckets, to look into them", false)
    .option("--dir <folder>", "where the result goes", "runs")
    .action(async (flags: BenchFlags) => {
      const parsed = parseBenchFlags(flags);
      const [{ runBench }, { renderTerminal }] = await Promise.all([
        import("../bench/run.ts"),
        import("../../bench/tables.ts"),
      ]);
      const interrupt = new AbortController();
      const onSignal = (): void => interrupt.abort(new Error("interrupted"));
      process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
      const id = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
      const started = performance.now();
      const say = (line: string): void => {
        const elapsed = ((performance.now() - started) / 1000).toFixed(0).padStart(5);
        process.stderr.write(`${elapsed} s  ${line}\n`);
      };
      try {
        const { result, missed, unmeasured } = await runBench({
          ...{ repositoryRoot, parsed, runs: flags.dir, id, keep: flags.keep },
          ...{ signal: interrupt.signal, say },
        });
        process.stdout.write(renderTerminal(result));
        process.stdout.write(`\n${flags.dir}/bench-${id}.md\n`);
        process.exitCode = unmeasured > 0 || (flags.check && missed > 0) ? 1 : 0;
      } catch (error) {
        if (!interrupt.signal.aborted) throw error;
        process.exitCode = 130;
      } finally {
        process.removeListener("SIGINT", onSignal).removeListener("SIGTERM", onSignal);
      }
    });
}

/** `holdfast bench-preview`: what a reviewer waits for, an unchanged preview of a stack of a hundred resources. */
export function registerBenchPreview(program: Command): void {
  program
    .command("bench-preview")
    .description("time an unchanged preview of a stack of 100 resources, on the lab with primary deployed")
    .option("--check", "status 1 when the target is missed", false)
    .action(async ({ check }: { readonly check: boolean }) => {
      const { benchPreview, previewTarget } = await import("../bench/preview.ts");
      const result = await benchPreview(repositoryRoot, (line) => process.stderr.write(`${line}\n`));
      const { resources, kubernetes, seconds, medianSeconds, met } = result;
      process.stdout.write(
        `unchanged preview, ${resources} resources (${kubernetes} in Kubernetes): median ${medianSeconds.toFixed(2)} s of ${seconds.map((one) => one.toFixed(2)).join(", ")}; target ${previewTarget.seconds} s with ${previewTarget.resources} and ${previewTarget.kubernetes}: ${met ? "met" : "MISSED"}\n`,
      );
      process.exitCode = check && !met ? 1 : 0;
    });
}
