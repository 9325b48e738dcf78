import type { HostPort } from "../../../drill/ports/host.ts";
import type { LabPort } from "../../../drill/ports/lab.ts";
import type { WorldState } from "./state.ts";

/** The operator's machine. */
export const fakeHost: HostPort = {
  facts: async () => ({
    hostname: "here",
    kernel: "6.1",
    cpus: 2,
    cpuModel: "x",
    memoryBytes: 2e10,
    loadAverage1m: 0.1,
    memoryAvailableBytes: 1e10,
    diskAvailableBytes: 1e11,
  }),
  versions: async () => ({ node: "24" }),
  standIns: async () => [],
  gitCommit: async () => ({ commit: "abc", dirty: false }),
};

/** The sites as machines that are lost and come back, and damage that is planted in them. */
export function createFakeLab(state: WorldState): LabPort {
  const { clock, calls, faults } = state;
  return {
    status: async () => ({
      third: { state: "up", unhealthy: [] },
      sites: {
        primary: { state: state.primaryUp ? "up" : "down", unhealthy: [] },
        dr: { state: "up", unhealthy: [] },
      },
    }),
    ensureThirdPlace: async () => void calls.push("ensure third"),
    ensureSite: async (site) => {
      calls.push(`ensure ${site}`);
      if (site === "primary") state.primaryUp = true;
    },
    restartSiteFresh: async (site) => {
      calls.push(`fresh ${site}`);
      state.primaryUp = true;
    },
    killSite: async (site) => {
      calls.push(`kill ${site}`);
      state.primaryUp = false;
      state.lossMs = clock.now();
      return { sentAtMs: state.lossMs, goneAtMs: state.lossMs + 20 };
    },
    plant: async (plant) => {
      calls.push(`plant ${plant}`);
      if (plant === "n8n-image-broken") state.missingService = "n8n";
      return { detail: "planted" };
    },
    unplant: async (plant) => {
      calls.push(`unplant ${plant}`);
      state.missingService = faults.serviceMissing ?? null;
    },
  };
}
