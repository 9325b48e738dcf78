import { type Site, sites } from "../../contract/stack.ts";
import type { ConfigChange } from "../config-copy.ts";
import { valueInDatabase } from "../in-pod.ts";
import { StepFailed } from "../outcome.ts";
import { PortError } from "../ports/port-error.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { upEvidence, upStack } from "../stack-up.ts";
import { type Applies, type Proof, proof, type Step, type StepContext } from "../step.ts";
import { done, notYet, WaitTimeout } from "../until.ts";
import { goHome } from "./go-home.ts";

/**
 * From whatever the last run left to the start: primary active, dr standby. When dr
 * still holds the epoch the business goes home first: drained, then a fresh primary
 * takes the next epoch from the offsite repository, then dr stands by.
 */
export function prepareSteps(options: SiteLossOptions): readonly Step[] {
  return [
    { ...sitesStep(), abort: (context) => goHome(context, prepareAnew(options)) },
    ...prepareAnew(options).slice(1),
  ];
}

function prepareAnew(options: SiteLossOptions): readonly Step[] {
  return [
    sitesStep(),
    finishStep(),
    drainStep(),
    freshPrimaryStep(),
    offsiteStep(),
    primaryStep(options),
    drStep(),
  ];
}

const role = (value: string): ConfigChange => ({ path: ["holdfast:site", "role"], value });
const handover = (value: number | null): ConfigChange => ({ path: ["holdfast:site", "handover"], value });

function drHolds(context: StepContext): Applies {
  return context.need("situation").holder === "dr"
    ? { applies: true }
    : { applies: false, reason: "dr does not hold the epoch" };
}

function sitesStep(): Step {
  return {
    id: "sites",
    title: "Both sites are up",
    timeout: "siteUp",
    expectedMs: 10_000,
    evidence: [],
    async run(context) {
      // The old primary is about to be replaced: bringing it up with its old disk would be for nothing.
      const wanted = context.need("situation").holder === "dr" ? (["dr"] as const) : sites;
      await Promise.all(wanted.map((site) => context.ports.lab.ensureSite(site, context.signal)));
    },
    async verify(context) {
      const wanted: readonly Site[] = context.need("situation").holder === "dr" ? ["dr"] : sites;
      return Promise.all(wanted.map((site) => mustAnswer(context, site)));
    },
  };
}

/** Nothing has been changed yet: a cluster that does not answer is the user's to mend, and no verdict. */
async function mustAnswer(context: StepContext, site: Site): Promise<Proof> {
  try {
    return await apiAnswers(context, site, "siteAnswers");
  } catch (error) {
    if (!(error instanceof WaitTimeout)) throw error;
    throw new PortError(`kube ${site}`, error.message, { cause: error });
  }
}

async function apiAnswers(
  context: StepContext,
  site: Site,
  timeout: "siteUp" | "siteAnswers" = "siteUp",
): Promise<Proof> {
  const detail = await context.until(
    `the API server of ${site}`,
    async (signal) => {
      const { reachable, detail } = await context.ports.kube(site).reach(signal);
      return reachable ? done(detail) : notYet(detail);
    },
    { timeout },
  );
  return proof(`${site} answers`, true, detail);
}

/**
 * A promotion that failed half way (a wrong key at dr, say) left an epoch that nobody serves, and nothing to
 * drain. What stood in its way may be gone: the same `up` goes on where it stopped.
 */
function finishStep(): Step {
  const ready = async (context: StepContext): Promise<string | null> => {
    const status = await context.ports.steward.status("dr", context.signal);
    if (status?.phase === "ready") return null;
    return status?.error ?? status?.phase ?? "the database's pod does not answer";
  };
  return {
    id: "finish-dr",
    title: "Hand back: dr's promotion, left half done, is finished first",
    timeout: "activate",
    expectedMs: 40_000,
    evidence: [upEvidence("dr", "finish")],
    async precondition(context) {
      const holds = await drHolds(context);
      if (!holds.applies) return holds;
      return (await ready(context)) === null
        ? { applies: false, reason: "dr's database is ready" }
        : { applies: true };
    },
    run: (context) =>
      upStack(context, { stack: "dr", purpose: "finish", changes: [role("active")], refresh: false }),
    async verify(context) {
      await context.until(
        "dr's database to be ready",
        async () => {
          const waiting = await ready(context);
          return waiting === null ? done(true) : notYet(waiting);
        },
        { timeout: "activate" },
      );
      return [proof("dr's database is ready", true, "nothing is left half done")];
    },
  };
}

function drainStep(): Step {
  return {
    id: "drain-dr",
    title: "Hand back: dr drains (weights away, writes refused, last WAL confirmed)",
    timeout: "up",
    expectedMs: 15_000,
    evidence: [upEvidence("dr", "drain")],
    precondition: async (context) => drHolds(context),
    run: (context) =>
      upStack(context, { stack: "dr", purpose: "drain", changes: [role("draining")], refresh: false }),
    async verify(context) {
      const contract = await context.ports.pulumi.outputs("dr", context.signal);
      // Not the end of the `up`: the provider takes the pod that is being replaced for the ready one.
      const last = await context.until(
        "dr's last WAL to be in the offsite repository",
        async (signal) => {
          const status = await context.ports.steward.status("dr", signal);
          if (status?.role !== "draining") return notYet(`the pod is ${status?.role ?? "not there"}`);
          return status.drained === null ? notYet(status.error ?? status.phase) : done(status.drained);
        },
        { timeout: "drained" },
      );
      return [
        proof("dr is draining", contract?.role === "draining", `role ${contract?.role ?? "unknown"}`),
        proof("its last WAL is offsite", true, last),
      ];
    },
  };
}

function freshPrimaryStep(): Step {
  return {
    id: "fresh-primary",
    title: "Hand back: primary comes back as a fresh site",
    timeout: "siteUp",
    expectedMs: 15_000,
    evidence: [],
    precondition: async (context) => drHolds(context),
    async run({ ports, signal, set }) {
      await ports.lab.restartSiteFresh("primary", signal);
      set("restoredFresh", { primary: true });
    },
    verify: async (context) => [await apiAnswers(context, "primary")],
  };
}

/** The lease lies in a bucket of this stack: on a lab without one it is made first, under Pulumi's own lock. */
export function firstOffsiteStep(): Step {
  return {
    ...offsiteStep("make"),
    id: "control-bucket",
    title: "Stack offsite is there, and with it the bucket of epoch and lease",
    precondition: async ({ ports, signal }) =>
      (await ports.epoch.read(signal)) === null
        ? { applies: true }
        : { applies: false, reason: "it holds an epoch already" },
  };
}

function offsiteStep(purpose: "make" | "prepare" = "prepare"): Step {
  return {
    id: "offsite",
    title: "Stack offsite is up to date",
    timeout: "up",
    expectedMs: 6_000,
    evidence: [upEvidence("offsite", purpose)],
    run: (context) => upStack(context, { stack: "offsite", purpose, changes: [], refresh: false }),
    async verify({ ports, signal }) {
      const contract = await ports.pulumi.outputs("offsite", signal);
      return [
        proof(
          "offsite gives its contract",
          contract !== null,
          contract === null ? "no output" : contract.stack,
        ),
      ];
    },
  };
}

function primaryStep(options: SiteLossOptions): Step {
  return {
    id: "primary",
    title: "Stack primary is active and writable",
    timeout: "up",
    expectedMs: 45_000,
    evidence: [upEvidence("primary", "prepare")],
    run(context) {
      const { holder, epoch, siteStates } = context.need("situation");
      const returning = holder === "dr";
      return upStack(context, {
        stack: "primary",
        purpose: "prepare",
        changes: [role("active"), handover(returning ? epoch : null)],
        // A site that was away may have lost its objects while state still lists them.
        refresh: returning || (epoch !== null && siteStates.primary !== "up"),
      });
    },
    async verify(context) {
      const contract = await context.ports.pulumi.outputs("primary", context.signal);
      if (contract === null) throw new StepFailed("stack primary gives no contract");
      context.set("primaryContract", contract);
      const record = await context.ports.epoch.read(context.signal);
      if (record !== null) context.set("epochBefore", record.epoch);
      const recovering = await context.until(
        "the primary's database to take writes",
        async () => {
          const value = await valueInDatabase(
            context,
            "primary",
            options.database,
            "select pg_is_in_recovery()",
          );
          return value === "f" ? done(value) : notYet("it is in recovery");
        },
        { timeout: "activate" },
      );
      return [
        proof("primary is active", contract.role === "active", `role ${contract.role}`),
        proof(
          "the epoch is primary's",
          record?.holder === "primary",
          `epoch ${record?.epoch} is ${record?.holder}'s`,
        ),
        proof(
          "stack and epoch agree",
          record?.epoch === contract.epoch,
          `${contract.epoch} and ${record?.epoch}`,
        ),
        proof("database takes writes", recovering === "f", options.database),
      ];
    },
  };
}

function drStep(): Step {
  return {
    id: "dr",
    title: "Stack dr stands by",
    timeout: "up",
    expectedMs: 20_000,
    evidence: [upEvidence("dr", "prepare")],
    run(context) {
      const changes = [role("standby"), handover(null)];
      const refresh =
        context.need("situation").siteStates.dr !== "up" && context.need("situation").epoch !== null;
      return upStack(context, { stack: "dr", purpose: "prepare", changes, refresh });
    },
    async verify(context) {
      const contract = await context.ports.pulumi.outputs("dr", context.signal);
      if (contract === null) throw new StepFailed("stack dr gives no contract");
      context.set("drContract", contract);
      return [proof("dr stands by", contract.role === "standby", `role ${contract.role}`)];
    },
  };
}
