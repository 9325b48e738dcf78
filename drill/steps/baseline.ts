import { failuresSince, lastAck, lastUser } from "../ledger-tail.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proof, type Step } from "../step.ts";
import { done, notYet } from "../until.ts";

/** Enough lines to hold several seconds of both writers and the users. */
export const tailLines = 400;

/** The prober and the write load: from here on everything acknowledged is counted. */
export function baselineStep(options: SiteLossOptions): Step {
  return {
    id: "baseline",
    title: "Baseline: prober and write load run, users are served by primary",
    timeout: "baseline",
    expectedMs: 5_000,
    evidence: [],
    async run({ ports, run, signal }) {
      await ports.prober.start({ run: run.id, heartbeatsPerSecond: options.heartbeatsPerSecond }, signal);
      await ports.load.start({ run: run.id, rowsPerSecond: options.loadRowsPerSecond }, signal);
    },
    async verify(context) {
      const epoch = context.need("epochBefore");
      const seen = await context.until(
        "heartbeats, load and users to be served in the current epoch",
        async () => {
          const tail = await context.ports.prober.tail(tailLines);
          const heartbeat = lastAck(tail, "heartbeat");
          const load = lastAck(tail, "load");
          const user = lastUser(tail);
          if (heartbeat?.epoch !== epoch) return notYet(`no heartbeat in epoch ${epoch}`);
          if (load?.epoch !== epoch) return notYet(`no row of the load in epoch ${epoch}`);
          if (user === null || !user.ok) return notYet(`user: ${user?.error ?? "none yet"}`);
          return done({ heartbeat, load, user });
        },
        { timeout: "baseline" },
      );
      return [
        proof(
          "users are served by primary",
          seen.user.site === "primary" && seen.user.epoch === epoch,
          `${seen.user.site}, epoch ${seen.user.epoch}`,
        ),
        proof(
          "heartbeats flow",
          true,
          `number ${seen.heartbeat.number}, timeline ${seen.heartbeat.timeline}`,
        ),
        proof("load flows", true, `number ${seen.load.number}`),
      ];
    },
    // Neither may outlive the run, whatever its end.
    async rollback({ ports, signal }) {
      await ports.load.stop(signal);
      await ports.prober.stop(signal);
    },
  };
}

/** For the gate: everything was fine in the last seconds. */
export function healthyNow(
  tail: Parameters<typeof failuresSince>[0],
  nowMs: number,
  withinMs: number,
): string | null {
  const heartbeat = lastAck(tail, "heartbeat");
  if (heartbeat === null || heartbeat.atMs < nowMs - withinMs) return "no fresh heartbeat";
  const user = lastUser(tail);
  if (user === null || !user.ok || user.atMs < nowMs - withinMs * 3)
    return `users: ${user?.error ?? "none lately"}`;
  return failuresSince(tail, nowMs - withinMs) > 0 ? "the newest attempt failed" : null;
}
