import type { StewardPort, StewardStatus } from "../../../drill/ports/steward.ts";
import type { WorldState } from "./state.ts";
import { phasesAtMs } from "./timeline.ts";

/** A database pod that has nothing to say yet. */
const quiet: StewardStatus = {
  site: "dr",
  role: "active",
  epoch: 1,
  phase: "ready",
  error: null,
  phases: [],
  backupSet: null,
  systemIdentifier: null,
  fallbacks: [],
  recoveredLsn: null,
  timeline: null,
  drained: null,
};

export const createFakeSteward = (state: WorldState): StewardPort => ({
  status: async (site) => (site === "dr" ? statusOfDr(state) : null),
});

function statusOfDr(state: WorldState): StewardStatus | null {
  const { faults, epoch } = state;
  if (state.roles.get("dr") === "draining")
    return {
      ...quiet,
      role: "draining",
      drained: faults.neverDrained === true ? null : "00000002000000000000002A",
    };
  if (state.isRehearsal() && !state.rehearsalStands) return null;
  if (epoch.holder === "dr" && !state.isActivated())
    return state.halfDone ? { ...quiet, phase: "restore", error: "cipher" } : quiet;
  const since = state.sinceActivationMs();
  const begun = phasesAtMs.filter(
    ([phase, at]) =>
      at <= since && (faults.stewardError === undefined || phase === "waiting" || phase === "restore"),
  );
  const last = begun.at(-1);
  if (last === undefined) return null;
  const startMs = state.activationMs();
  return {
    ...quiet,
    epoch: epoch.epoch,
    phase: last[0],
    error: last[0] === "restore" ? (faults.stewardError ?? null) : null,
    phases: begun.map(([phase, at], index) => {
      const next = begun[index + 1];
      return {
        phase,
        startedAtMs: startMs + at,
        endedAtMs: next === undefined ? null : startMs + next[1],
      };
    }),
  };
}
