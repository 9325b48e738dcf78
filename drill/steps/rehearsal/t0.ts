import { viewOfServers } from "../../dns-view.ts";
import { lastAck } from "../../ledger-tail.ts";
import { proof, type Step, type StepContext } from "../../step.ts";
import { activationStep } from "../activate.ts";
import { tailLines } from "../baseline.ts";
import { publicNames } from "../gate.ts";
import { canaryOf } from "./canary-view.ts";
import { destroyRehearsal } from "./clean-up.ts";

/** A rehearsal's loss is a moment: what production archives after it does not count, and production goes on. */
export function declareRehearsalStep(): Step {
  return {
    id: "declare",
    title: "Declare: T0 is now, and nothing that is archived after it counts",
    timeout: "declare",
    expectedMs: 500,
    evidence: [],
    async run(context) {
      const { ports, run, signal, set } = context;
      const weights = await viewOfServers(context, publicNames(context, "primary").names);
      const control = await controlObjects(context);
      const { atMs } = await ports.prober.mark("loss", "T0 of a rehearsal: primary serves on", signal);
      const last = lastAck(await ports.prober.tail(tailLines), "heartbeat", atMs);
      if (last !== null) {
        const { number, lsn, timeline } = last;
        set("lastAck", { number, lsn, timeline, atMs: last.atMs });
        set("productionAtT0", {
          timeline,
          controlObjects: control,
          weights: weights.map(({ name, addresses }) => ({ server: name, addresses: [...addresses] })),
        });
      }
      set("t0", { atMs, asOfMs: Math.floor(atMs / 1000) * 1000 });
      set("loss", {
        atMs,
        source: "T0, fixed when the rehearsal was declared",
        sentAtMs: atMs,
        goneAtMs: atMs,
      });
      set("declared", { atMs, by: run.operator });
      // From here on the copy is what the steps of a site-loss call dr.
      set("drContract", canaryOf(ports).contract);
      context.finding({
        id: "REHEARSAL",
        what: `this was a rehearsal: T0 was fixed when it was declared, primary served on, and RTO ends with the first user through ${canaryOf(ports).contract.publicName}`,
      });
      await ports.prober.canary(true, signal);
    },
    async verify(context) {
      const last = context.peek("lastAck");
      return [
        proof(
          "the last acknowledged heartbeat is known",
          last !== null,
          last === null ? "none in the ledger's tail" : `${last.number} at ${last.lsn}`,
        ),
      ];
    },
    rollback: ({ ports, signal }) => ports.prober.canary(false, signal),
  };
}

/** Epoch, fences and whatever else lies beside them; the lease is renewed all the time. */
export async function controlObjects(
  context: StepContext,
): Promise<{ key: string; lastModifiedMs: number }[]> {
  const bucket = context.ports.epoch.bucket;
  const objects = await context.ports.s3.list(bucket, "", context.signal);
  return objects
    .filter(({ key }) => key !== "lease.json")
    .map(({ key, lastModifiedMs }) => ({ key, lastModifiedMs }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The same `up` as a promotion's, of a stack that takes no term and reads the third place as it was at T0. */
export function activateRehearsalStep(): Step {
  return activationStep({
    title: "Activate: one pulumi up of the stack rehearsal, from the third place as it was at T0",
    stack: "rehearsal",
    changes: (context) => [
      { path: ["holdfast:site", "role"], value: "rehearsal" },
      {
        path: ["holdfast:recovery", "repositoryAsOf"],
        value: new Date(context.need("t0").asOfMs).toISOString().replace(".000Z", "Z"),
      },
    ],
    async proofs(context, contract) {
      const before = context.need("epochBefore");
      const record = await context.ports.epoch.read(context.signal);
      // It took none: the epoch after is the one before.
      if (record !== null) context.set("epochAfter", record.epoch);
      return [
        proof("it is a rehearsal", contract.role === "rehearsal", `role ${contract.role}`),
        proof(
          "the epoch is still primary's",
          record?.holder === "primary" && record.epoch === before,
          `epoch ${record?.epoch} is ${record?.holder}'s`,
        ),
        proof(
          "it is what the stack file plans",
          contract.namespace === context.ports.canary?.contract.namespace,
          `namespace ${contract.namespace}`,
        ),
      ];
    },
    rollback: (context) => destroyRehearsal(context, "roll-back"),
  });
}
