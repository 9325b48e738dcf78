import { sqlInDatabase, valueInDatabase } from "../in-pod.ts";
import { isStaleBeforeLoss } from "../loss.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proof, type Step } from "../step.ts";
import { done, notYet } from "../until.ts";

/** How far from the wanted phase the loss may fall: the poll and the kill take that long. */
const toleranceSeconds = 2;

/**
 * Waits for the seeded phase of the archive interval. A switch is made by hand so
 * that the interval begins now and not in a minute; how much is lost depends on the
 * seconds since a switch, not on who made it.
 */
export function armStep(options: SiteLossOptions): Step {
  const wantedSeconds = options.phaseSeconds;
  return {
    id: "arm",
    title: `Arm: wait until ${wantedSeconds} s after a WAL switch`,
    timeout: "arm",
    expectedMs: wantedSeconds * 1000 + 3_000,
    evidence: [],
    stale: isStaleBeforeLoss,
    async run(context) {
      // The file that ends with the switch: at the very start of a segment nothing is switched, and the last one counts.
      const switched = await valueInDatabase(
        context,
        "primary",
        options.database,
        "select pg_walfile_name(pg_switch_wal() - 1)",
      );
      const startedMs = context.ports.clock.monotonic();
      await context.until(
        `${switched} to be archived`,
        async () => {
          const rows = await sqlInDatabase(
            context,
            "primary",
            options.database,
            "select coalesce(last_archived_wal, ''), failed_count from pg_stat_archiver",
          );
          const [archived = "", failed = "0"] = rows[0] ?? [];
          return archived >= switched
            ? done(archived)
            : notYet(`archived ${archived || "nothing"}, ${failed} failures`);
        },
        { timeout: "arm" },
      );
      const phase = (): number => (context.ports.clock.monotonic() - startedMs) / 1000;
      await context.until(
        `second ${wantedSeconds} of the interval`,
        async () => (phase() >= wantedSeconds ? done(true) : notYet(`second ${phase().toFixed(1)}`)),
        { timeout: "arm", everyMs: 100 },
      );
      context.set("armed", { wantedSeconds, phaseSeconds: Math.round(phase() * 10) / 10 });
    },
    async verify(context) {
      const { phaseSeconds } = context.need("armed");
      // Archiving the switched segment can take longer than a very early phase; the report says the real one.
      const late = phaseSeconds > wantedSeconds + toleranceSeconds && wantedSeconds > toleranceSeconds;
      return [proof("the wanted phase", !late, `${phaseSeconds} s, wanted ${wantedSeconds} s`)];
    },
  };
}

export function plantStep(options: SiteLossOptions): Step {
  return {
    id: "plant",
    title: options.plant === null ? "Plant a fault" : `Plant a fault: ${options.plant}`,
    timeout: options.holdSeconds > 0 ? "hold" : "plant",
    expectedMs: options.holdSeconds * 1000,
    evidence: [],
    precondition: async () =>
      options.plant === null ? { applies: false, reason: "none was asked for" } : { applies: true },
    async run({ ports, signal, set, finding, again }) {
      if (options.plant === null) return;
      // Damage cannot be done twice: half of it may be there since before an interruption.
      if (again) await ports.lab.unplant(options.plant, signal);
      const { detail } = await ports.lab.plant(options.plant, signal);
      set("planted", { plant: options.plant, detail });
      finding({ id: "PLANTED", what: `${options.plant}: ${detail}` });
      await ports.clock.sleep(options.holdSeconds * 1000, signal);
    },
    async verify(context) {
      const { plant, detail } = context.need("planted");
      return [proof(`${plant} is planted`, true, detail)];
    },
    async rollback({ ports, signal }) {
      if (options.plant !== null) await ports.lab.unplant(options.plant, signal);
    },
  };
}
