import { dirname } from "node:path";
import type { Command } from "commander";
import { UserError } from "../../errors/user-error.ts";
import { cacheRoot, locksOf, repositoryRoot } from "../../lab/cache/index.ts";
import type { LabContext, StartContext } from "../../lab/context.ts";
import { defaultLabRoot, labLayout } from "../../lab/layout.ts";
import { isPlace, type PlaceName, placeNames } from "../../lab/net/addresses.ts";
import { createProgress } from "../../lab/progress/index.ts";

/** `holdfast lab ...` and `holdfast env`. The lab's own modules are loaded by the command that needs them. */
export function registerLab(program: Command): void {
  const lab = program.command("lab").description("two sites and a third place on this machine");

  lab
    .command("up")
    .description("start it, or mend what is there, until everything answers")
    .action(() =>
      withContext(async (context) => {
        const { up } = await import("../../lab/up.ts");
        await up(context);
      }),
    );

  lab
    .command("down")
    .description("take it away: processes, network, mounts and files; the cache stays")
    .option("--keep-data", "leave disks and secrets for the next start", false)
    .action(({ keepData }: { keepData: boolean }) =>
      withContext(async (context) => {
        const { down } = await import("../../lab/down.ts");
        await down(context, { keepData });
      }),
    );

  lab
    .command("status")
    .description("each part, its address, health and memory; status 1 when something is not healthy")
    .option("--json", "for programs", false)
    .action(async ({ json }: { json: boolean }) => {
      const { status, renderStatus } = await import("../../lab/status.ts");
      const found = await status(layoutHere());
      process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : renderStatus(found));
      if (!found.healthy) process.exitCode = 1;
    });

  lab
    .command("kill")
    .argument("<place>", placeNames.join(", "))
    .description("lose it at once, as a data centre is lost: one SIGKILL, nothing is shut down")
    .action((place: string) =>
      withContext(async (context) => {
        const { kill } = await import("../../lab/restart.ts");
        const wasAlive = await kill(context, parsePlace(place));
        process.stderr.write(wasAlive ? `${place} is gone\n` : `${place} was not running\n`);
      }),
    );

  lab
    .command("restart")
    .argument("<place>", placeNames.join(", "))
    .option("--fresh", "as a new and empty one, instead of with its disk", false)
    .description("bring one place back")
    .action((place: string, { fresh }: { fresh: boolean }) =>
      withContext(async (context) => {
        const { restart } = await import("../../lab/restart.ts");
        await restart(context, parsePlace(place), { fresh });
      }),
    );

  program
    .command("env")
    .description('what Pulumi and kubectl need to work on the lab: eval "$(holdfast env)"')
    .action(async () => {
      const { labEnvironment, renderExports } = await import("../../lab/env.ts");
      const { readRecord } = await import("../../lab/record.ts");
      const layout = layoutHere();
      await readRecord(layout); // refuses when there is no lab to point to
      const environment = labEnvironment({
        layout,
        nodeFolder: dirname(process.execPath),
        path: process.env.PATH ?? "",
        noProxy: process.env.NO_PROXY ?? process.env.no_proxy,
      });
      process.stdout.write(renderExports(environment));
    });
}

function layoutHere(): LabContext["layout"] {
  return labLayout(process.env.HOLDFAST_LAB ?? defaultLabRoot);
}

function parsePlace(name: string): PlaceName {
  if (isPlace(name)) return name;
  throw new UserError("ARGUMENT_INVALID", {
    what: "no such place",
    got: name,
    allowed: placeNames.join(", "),
  });
}

/** Runs `work` with progress on standard error; Ctrl-C leaves what is done so far for the next `lab up` to go on with. */
async function withContext(work: (context: StartContext) => Promise<void>): Promise<void> {
  const cache = cacheRoot();
  const progress = createProgress({ stream: process.stderr });
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort(new Error("interrupted"));
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    await work({
      layout: layoutHere(),
      locks: locksOf(cache),
      progress,
      signal: interrupt.signal,
      repository: repositoryRoot,
      node: process.execPath,
      rules: async () => (await import("../rules/site-rules.ts")).readSiteRules(repositoryRoot),
      artefacts: async () => {
        const { labArtefacts } = await import("../../lab/connect.ts");
        return labArtefacts({ root: cache, progress });
      },
    });
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    process.exitCode = 130;
  } finally {
    progress.close();
    process.removeListener("SIGINT", onSignal).removeListener("SIGTERM", onSignal);
  }
}
