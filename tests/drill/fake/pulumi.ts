import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import type { Site, StackContract } from "../../../contract/stack.ts";
import type { PulumiPort, PulumiUpResult, StackLock } from "../../../drill/ports/engine.ts";
import type { ProberPort } from "../../../drill/ports/prober.ts";
import { offsiteContract, rehearsalContract, siteContract } from "./contracts.ts";
import { happenMeanwhile } from "./meanwhile.ts";
import type { WorldState } from "./state.ts";
import { upEndsAtMs } from "./timeline.ts";

/** Reason of an abort that is no request: the process is gone. */
export class Killed extends Error {}

const configSchema = z.object({
  config: z.object({
    "holdfast:site": z.object({ role: z.string().optional(), handover: z.number().optional() }),
    "holdfast:traffic": z.object({ share: z.number().optional() }).optional(),
  }),
});

const done = (changes: PulumiUpResult["changes"]): PulumiUpResult => ({
  ok: true,
  cancelled: false,
  error: "",
  changes,
});
const failed = (error: string): PulumiUpResult => ({ ok: false, cancelled: false, error, changes: {} });

/** Of the run's own updates, as one is found that was left behind. */
const engine = { pid: 77, username: "tester", host: "here", holder: "gone" } as const;

/** The stacks: what an `up` or a destroy of each does to the world, and the locks of those that were killed. */
export function createFakePulumi(state: WorldState, prober: ProberPort) {
  const { clock, s3, faults, calls, roles } = state;
  /** By stack; one that nobody gave back stays. */
  const locks = new Map<string, StackLock>();
  let updates = 0;
  const pending = new Set<string>();

  function lock(stack: string, id: string, more: Partial<StackLock> = {}): StackLock {
    const taken = { ...engine, id, takenAtMs: clock.now(), ...more };
    locks.set(stack, taken);
    return taken;
  }

  function takeEpoch(holder: Site): void {
    state.epoch = { epoch: state.epoch.epoch + 1, holder, run: "r1" };
  }

  /** The `up` of a rehearsal's stack. */
  async function rehearse(signal: AbortSignal): Promise<PulumiUpResult> {
    state.rehearsedMs = clock.now();
    state.rehearsalStands = true;
    await clock.sleep(2000, signal);
    await happenMeanwhile(state, signal);
    await clock.sleep(upEndsAtMs - 2000, signal);
    if (faults.stewardError !== undefined) await clock.sleep(3_600_000, signal);
    return faults.upFails === undefined ? done({ create: 50 }) : failed(faults.upFails);
  }

  const up: PulumiPort["up"] = async ({ stack, configFile, signal, onEvent }) => {
    const { config } = configSchema.parse(parse(readFileSync(configFile, "utf8")));
    const site = config["holdfast:site"];
    calls.push(`up ${stack} ${site.role ?? ""} ${site.handover ?? ""}`.trim());
    const share = config["holdfast:traffic"]?.share;
    if (share !== undefined) {
      calls.push(`share ${share}`);
      await prober.tail(1); // so far as it was before
      state.shares.push({ atMs: clock.now(), share });
      return done({ update: 1 });
    }
    if (stack === "rehearsal") return rehearse(signal);
    const active = stack === "dr" && site.role === "active";
    if (active && state.epoch.holder === "dr") state.halfDone = false;
    else if (active) {
      if (faults.repositoryDeleted) {
        const info = `epochs/${state.epoch.epoch}/backup/main/backup.info`;
        await s3.delete("holdfast-offsite", info, null, signal);
        await clock.sleep(1000, signal);
      }
      state.activatedMs = clock.now();
      takeEpoch("dr");
    }
    if (stack === "primary" && site.handover !== undefined) {
      takeEpoch("primary");
      state.epochOfLoss = state.epoch.epoch;
    }
    onEvent({
      kind: "resource",
      urn: "urn::x::database",
      type: "t",
      operation: "update",
      status: "done",
      message: "",
    });
    await clock.sleep(active ? upEndsAtMs : 5000, signal);
    if (active && faults.stewardError !== undefined) await clock.sleep(3_600_000, signal);
    if (active && faults.upFails !== undefined) return failed(faults.upFails);
    if (active && faults.dnsRefused) return failed("the name server refused the change: 401");
    if (stack !== "offsite")
      roles.set(stack, z.enum(["active", "standby", "draining", "rehearsal"]).parse(site.role));
    return done({ update: 1 });
  };

  function contract(stack: string): StackContract | null {
    const { epoch } = state.epoch;
    if (stack === "offsite") return offsiteContract;
    if (stack === "rehearsal") return state.rehearsalStands ? rehearsalContract(epoch) : null;
    const role = roles.get(stack);
    return role === undefined ? null : siteContract(stack === "primary" ? "primary" : "dr", role, epoch);
  }

  const port: PulumiPort = {
    committedConfig: async (stack) =>
      `config:\n  holdfast:site:\n    name: ${stack}\n    ${stack === "offsite" ? "" : `role: ${stack === "primary" ? "active" : "standby"}`}\n`,
    async up(args) {
      const { stack, signal } = args;
      if (locks.has(stack)) return failed("the stack is locked");
      updates += 1;
      args.onLock?.({ ...lock(stack, `update-${updates}`), holder: "lives" });
      try {
        const result = await up(args);
        locks.delete(stack);
        return result;
      } catch (error) {
        // Killed, it gives nothing back; told to stop, it does.
        if (signal.reason instanceof Killed) pending.add(stack);
        else locks.delete(stack);
        throw error;
      }
    },
    async destroy({ stack, signal }) {
      calls.push(`destroy ${stack}`);
      await clock.sleep(8000, signal);
      state.rehearsalStands = false;
      return done({ delete: 50 });
    },
    resources: async (stack) =>
      stack === "rehearsal" && !state.rehearsalStands && faults.leftover !== "state" ? null : 50,
    preview: async () => done({}),
    outputs: async (stack) => contract(stack),
    locks: async (stack) => {
      const held = locks.get(stack);
      return held === undefined ? [] : [held];
    },
    cancelLocks: async (stack) => {
      if (locks.delete(stack)) calls.push(`cancel ${stack}`);
    },
    clearPending: async ({ stack }) => {
      if (locks.has(stack)) throw new Error("the stack is locked");
      if (!pending.delete(stack)) return [];
      calls.push(`clear ${stack}`);
      return ["creating database"];
    },
  };
  return {
    port,
    lockedStacks: (): readonly string[] => [...locks.keys()],
    /** Somebody's `pulumi up` beside the run, which lives or not. */
    lockedBy: (stack: string, theirs: Partial<StackLock>): void => void lock(stack, "theirs", theirs),
  };
}
