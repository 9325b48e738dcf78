import { Command, CommanderError } from "commander";
import { UserError } from "../errors/user-error.ts";

/**
 * The command line. Every command lives in a module of its own that is loaded
 * only when it is called for, so that `holdfast env` does not pay for the lab or
 * for the Pulumi SDK.
 */
const modules: Record<string, () => Promise<(program: Command) => void>> = {
  build: async () => (await import("./commands/build.ts")).registerBuild,
  lab: async () => (await import("./commands/lab.ts")).registerLab,
  env: async () => (await import("./commands/lab.ts")).registerLab,
  drill: async () => (await import("./commands/drill.ts")).registerDrill,
  report: async () => (await import("./commands/drill.ts")).registerDrill,
  history: async () => (await import("./commands/drill.ts")).registerDrill,
  runbook: async () => (await import("./commands/runbook.ts")).registerRunbook,
  resume: async () => (await import("./commands/drill.ts")).registerDrill,
  abort: async () => (await import("./commands/drill.ts")).registerDrill,
  judge: async () => (await import("./commands/drill.ts")).registerDrill,
  recover: async () => (await import("./commands/recover.ts")).registerRecover,
  restore: async () => (await import("./commands/restore.ts")).registerRestore,
  extract: async () => (await import("./commands/restore.ts")).registerRestore,
  status: async () => (await import("./commands/status.ts")).registerStatus,
  budget: async () => (await import("./commands/budget.ts")).registerBudget,
  bench: async () => (await import("./commands/bench.ts")).registerBench,
  "bench-preview": async () => (await import("./commands/bench.ts")).registerBenchPreview,
  rules: async () => (await import("./commands/rules.ts")).registerRules,
  iam: async () => (await import("./commands/iam.ts")).registerIam,
  policy: async () => (await import("./commands/policy.ts")).registerPolicy,
  "scan-secrets": async () => (await import("./commands/scan-secrets.ts")).registerScanSecrets,
  prober: async () => (await import("./commands/prober.ts")).registerProber,
  bundle: async () => (await import("./commands/bundle.ts")).registerBundle,
};

async function main(argv: readonly string[]): Promise<number> {
  const program = new Command("holdfast")
    .description("PostgreSQL backup and disaster recovery as code, with drills that prove it")
    .version("0.1.0")
    .exitOverride()
    .showHelpAfterError("(holdfast --help lists the commands)");
  const wanted = argv.find((argument) => !argument.startsWith("-"));
  const chosen = wanted === undefined ? undefined : modules[wanted];
  const onlyVersion = argv.length === 1 && (argv[0] === "--version" || argv[0] === "-V");
  const registrars = chosen !== undefined ? [chosen] : onlyVersion ? [] : Object.values(modules);
  for (const register of new Set(await Promise.all(registrars.map((load) => load())))) register(program);
  await program.parseAsync(argv, { from: "user" });
  return typeof process.exitCode === "number" ? process.exitCode : 0;
}

/** 0 ran and met; 1 verdict not met; 2 the user must change something; 3 a bug; 130 interrupted. */
function exitStatusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    process.stderr.write(`error ${error.code}: ${error.message}\n`);
    return error.exitStatus;
  }
  process.stderr.write(`bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 3;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = exitStatusOf(error);
}
