import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { UserError } from "../../errors/user-error.ts";
import type { ArtefactState } from "../../lab/catalogue/state.ts";

interface BuildFlags {
  readonly list?: boolean;
  readonly prune?: boolean;
}

/** `holdfast build`: what the lab and its tests are made of, once a machine. */
export function registerBuild(program: Command): void {
  program
    .command("build")
    .description("build what the lab needs, or reuse what is there (the first time: about 25 minutes)")
    .argument("[names...]", "artefacts to build; all of the lab's by default")
    .option("--list", "show each artefact, its key, whether it is built and how long that took")
    .option("--prune", "delete versions that this checkout does not use (not while the lab runs)")
    .action(build);
}

async function build(names: string[], flags: BuildFlags): Promise<void> {
  const catalogue = await import("../../lab/catalogue/index.ts");
  const unknown = names.filter((name) => !catalogue.artefactNames.includes(name));
  if (unknown.length > 0) {
    throw new UserError("ARGUMENT_INVALID", {
      what: "no such artefact",
      got: unknown.join(" "),
      allowed: catalogue.artefactNames.join(" "),
      hint: "holdfast build --list",
    });
  }
  if (flags.list === true) {
    const states = await catalogue.listArtefacts();
    const shown = names.length === 0 ? states : states.filter((state) => names.includes(state.name));
    process.stdout.write(`${shown.map(listLine).join("\n")}\n`);
    return;
  }
  if (flags.prune === true) return prune(catalogue.pruneArtefacts);

  const { createProgress } = await import("../../lab/progress/index.ts");
  const { sayPlan } = await import("../../lab/catalogue/plan.ts");
  const wanted = names.length === 0 ? catalogue.labArtefactNames : names;
  const states = (await catalogue.listArtefacts()).filter((state) => wanted.includes(state.name));
  const progress = createProgress({ stream: process.stderr });
  try {
    for (const title of sayPlan(states)) progress.report({ kind: "note", id: "plan", title });
    await catalogue.buildArtefacts(wanted, { progress });
  } finally {
    progress.close();
  }
}

async function prune(remove: () => Promise<string[]>): Promise<void> {
  const record = join(process.env.HOLDFAST_LAB ?? "/var/lib/holdfast-lab", "lab.json");
  if (existsSync(record)) {
    throw new UserError("ARGUMENT_INVALID", {
      what: "the lab runs on what would be deleted",
      got: record,
      hint: "stop it first: make lab-down",
    });
  }
  const removed = await remove();
  process.stdout.write(
    removed.length === 0 ? "nothing to delete\n" : `${removed.map((line) => `deleted ${line}`).join("\n")}\n`,
  );
}

export function listLine(state: ArtefactState): string {
  const took = state.ms === undefined ? "never built" : `${(state.ms / 1000).toFixed(1)} s`;
  const columns = [state.name.padEnd(24), (state.key || "-").padEnd(26), state.state.padEnd(9)];
  return `${columns.join("")}${state.detail ?? took}`;
}
