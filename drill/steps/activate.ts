import type { StackContract } from "../../contract/stack.ts";
import type { ConfigChange } from "../config-copy.ts";
import { StepFailed } from "../outcome.ts";
import { upEvidence, upStack } from "../stack-up.ts";
import { type Proof, proof, type Step, type StepContext } from "../step.ts";

/** What one `up` makes of a standby, or of nothing: a promotion, or a rehearsal of one. */
export interface Activation {
  readonly title: string;
  readonly stack: "dr" | "rehearsal";
  readonly changes: (context: StepContext) => readonly ConfigChange[];
  readonly proofs: (context: StepContext, contract: StackContract) => Promise<readonly Proof[]>;
  readonly rollback?: (context: StepContext) => Promise<void>;
}

/**
 * One `pulumi up` with one value changed. Everything else of the recovery happens
 * inside it; the steps beside this one only look.
 */
export function activationStep({ title, stack, changes, proofs, rollback }: Activation): Step {
  return {
    id: "activate",
    title,
    timeout: "activate",
    expectedMs: 45_000,
    evidence: [upEvidence(stack, "activate")],
    async run(context) {
      const { clock } = context.ports;
      const startedAtMs = clock.now();
      try {
        await upStack(context, {
          stack,
          purpose: "activate",
          refresh: false,
          changes: [
            ...changes(context),
            { path: ["holdfast:recovery", "run"], value: context.run.id },
            // Pinned: "latest" would follow any fork that an earlier drill left in the archive.
            { path: ["holdfast:recovery", "timeline"], value: context.need("lastAck").timeline },
          ],
        });
        context.set("up", { startedAtMs, endedAtMs: clock.now(), ok: true });
      } catch (error) {
        context.set("up", { startedAtMs, endedAtMs: clock.now(), ok: false });
        throw error;
      }
    },
    async verify(context) {
      const contract = await context.ports.pulumi.outputs(stack, context.signal);
      if (contract === null) throw new StepFailed(`stack ${stack} gives no contract`);
      context.set("drContract", contract);
      return proofs(context, contract);
    },
    ...(rollback === undefined ? {} : { rollback }),
  };
}

/** The promotion: dr with role active, and the epoch named that is handed over. */
export function activateStep(): Step {
  return activationStep({
    title: "Activate: one pulumi up of dr with role active",
    stack: "dr",
    changes: (context) => [
      { path: ["holdfast:site", "role"], value: "active" },
      { path: ["holdfast:site", "handover"], value: context.need("epochBefore") },
    ],
    async proofs(context, contract) {
      const before = context.need("epochBefore");
      const record = await context.ports.epoch.read(context.signal);
      if (record?.holder === "dr") context.set("epochAfter", record.epoch);
      return [
        proof("dr is active", contract.role === "active", `role ${contract.role}`),
        proof(
          "dr holds the next epoch",
          record?.holder === "dr" && record.epoch === before + 1,
          `epoch ${record?.epoch} is ${record?.holder}'s`,
        ),
        proof(
          "stack and epoch agree",
          contract.epoch === record?.epoch,
          `${contract.epoch} and ${record?.epoch}`,
        ),
      ];
    },
  });
}
