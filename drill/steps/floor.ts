import { type Floor, floorVersion } from "../../contract/floor.ts";
import { UserError } from "../../errors/user-error.ts";
import { PortError } from "../ports/port-error.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proved, type Step, type StepContext } from "../step.ts";
import { done, notYet, WaitTimeout } from "../until.ts";
import { isFloorFor } from "../verdict/expected.ts";

/**
 * What the same recovery costs with bare commands (rule 31): after everything that is measured or
 * proved, so that it delays nothing. It explains and never decides: that it could not be had is told, no failure.
 */
type FloorOptions = NonNullable<SiteLossOptions["floor"]>;
type Options = FloorOptions & Pick<SiteLossOptions, "failuresToDetect">;

export function floorStep(options: Options): Step {
  return {
    id: "floor",
    title: "Floor: the same recovery with bare commands, from a monitor to the resolvers",
    timeout: "floor",
    expectedMs: 45_000,
    evidence: [],
    async precondition({ ports, peek }) {
      if (ports.floor === undefined) return { applies: false, reason: "no pod can be made for it here" };
      return peek("backupSet") === null || peek("moved") === null
        ? { applies: false, reason: "what was restored is not known" }
        : { applies: true };
    },
    async run(context) {
      const floor = (await takeOver(context, options)) ?? (await measure(context, options));
      if (floor !== null) context.evidence("floor.json", `${JSON.stringify(floor, null, 2)}\n`);
    },
    verify: async (context) => [proved("looked for", `by run ${context.run.id}`)],
  };
}

/** An earlier run's, where data and machine are the same: a drill need not pay for it again. */
async function takeOver(context: StepContext, { earlier }: FloorOptions): Promise<Floor | null> {
  const wanted = {
    ...context.need("moved"),
    host: await hostOf(context),
    nowMs: context.ports.clock.now(),
  };
  const found = earlier.find((one) => isFloorFor(one, wanted)) ?? null;
  if (found !== null)
    context.progress("floor", `of run ${found.run}, ${found.measuredAt}: same machine, like data`);
  return found;
}

async function measure(context: StepContext, { rounds, failuresToDetect }: Options): Promise<Floor | null> {
  const { ports, run, signal } = context;
  const { databaseBytes, walBytes } = context.need("moved");
  const { label } = context.need("backupSet");
  try {
    await afterFullBackups(context);
    const measured = await ports.floor?.measure(
      { site: "dr", epoch: context.need("epochBefore"), set: label, rounds, failuresToDetect },
      (line) => context.progress("floor", line),
      signal,
    );
    if (measured === undefined) return null;
    return {
      schemaVersion: floorVersion,
      run: run.id,
      measuredAt: new Date(ports.clock.now()).toISOString(),
      site: "dr",
      host: await hostOf(context),
      backupSet: label,
      databaseBytes,
      walBytes,
      coldCaches: measured.coldCaches,
      samples: [...measured.samples],
    };
  } catch (error) {
    if (!(error instanceof PortError || error instanceof UserError)) throw error;
    context.progress("floor", `not measured: ${error.message}`);
    return null;
  }
}

/**
 * The new epoch's first full backups, the site's own store's last, read and pack the whole cluster on the processors
 * that bare commands are timed on. One that does not come is waited for no longer than that.
 */
async function afterFullBackups(context: StepContext): Promise<void> {
  const epoch = context.need("epochAfter");
  const { repository } = context.ports;
  try {
    await context.until(
      "the first full backup in the site's own store",
      async (signal) => {
        const { sets } = await repository.info({ repository: "site", epoch, via: "dr" }, signal);
        return sets.length > 0 ? done(true) : notYet("no set of this epoch");
      },
      { timeout: "floorQuiet", everyMs: 1000 },
    );
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
    context.progress("floor", `${error.message}: measured all the same`);
  }
}

async function hostOf({ ports }: StepContext): Promise<string> {
  const { hostname, cpus, cpuModel } = await ports.host.facts();
  return `${hostname}, ${cpus} x ${cpuModel}`;
}
