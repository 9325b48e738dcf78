import type { Command } from "commander";
import { UserError } from "../../errors/user-error.ts";
import { filesBelow, manifestObjects, processArguments } from "../secrets/places.ts";
import { readSecrets } from "../secrets/read-secrets.ts";
import { type ScanResult, scan } from "../secrets/scan.ts";

interface ScanOptions {
  readonly secrets: readonly string[];
  readonly public: readonly string[];
  readonly manifests: readonly string[];
  readonly processes: boolean;
}

export function registerScanSecrets(program: Command): void {
  program
    .command("scan-secrets [paths...]")
    .description(
      "look for secrets in plain text where none may be: state, histories, logs, runs, manifests, processes",
    )
    .requiredOption(
      "--secrets <paths...>",
      "files with one secret's value each, or folders of them ($HOLDFAST_SECRETS)",
    )
    .option("--public <names...>", "files in those folders that are no secrets (certificates never are)", [])
    .option(
      "--manifests <files...>",
      "Kubernetes objects, as kubectl get -o json prints them: the data of Secrets is left out",
      [],
    )
    .option("--processes", "the arguments of every process of this machine too", false)
    .action((paths: readonly string[], options: ScanOptions) => run(paths, options));
}

function run(paths: readonly string[], options: ScanOptions): void {
  const sources = [
    filesBelow(paths),
    manifestObjects(options.manifests),
    ...(options.processes ? [processArguments()] : []),
  ];
  const { needles, skipped } = readSecrets(options.secrets, options.public);
  const result = scan(sources, needles);
  if (result.placesRead === 0 && result.unread.length === 0)
    throw new UserError("ARGUMENT_INVALID", {
      what: "there is nothing to look into: nothing would be shown by it",
      got: [...paths, ...options.manifests].join(", ") || "no path",
      allowed: "files or folders, --manifests or --processes",
    });
  process.stdout.write(render(result, needles.length));
  for (const { name, reason } of skipped) process.stdout.write(`left out  ${name} (${reason})\n`);
  process.exitCode = result.leaks.length === 0 && result.unread.length === 0 ? 0 : 1;
}

/** Names and places, never a value. */
function render({ leaks, unread, placesRead, bytesRead }: ScanResult, secrets: number): string {
  const lines = [
    ...leaks.map(
      ({ secret, encoding, place, line }) => `found     ${secret} (${encoding}) in ${place}, line ${line}`,
    ),
    ...unread.map(({ name, reason }) => `not read  ${name}: ${reason}`),
    `${leaks.length === 0 ? "no secret found" : `${leaks.length} found`}: ${secrets} secrets looked for in ${placesRead} places, ${bytesRead} bytes`,
  ];
  return lines.map((line) => `${line}\n`).join("");
}
