import { StepFailed } from "../outcome.ts";
import { upEvidence, upStack } from "../stack-up.ts";
import { proof, type Step } from "../step.ts";

/**
 * The promotion: one `pulumi up` of dr with one value changed and the epoch named
 * that is handed over. Everything else of the recovery happens inside it; the steps
 * beside this one only look.
 */
export function activateStep(): Step {
  return {
    id: "activate",
    title: "Activate: one pulumi up of dr with role active",
    timeout: "activate",
    expectedMs: 45_000,
    evidence: [upEvidence("dr", "activate")],
    async run(context) {
      const { clock } = context.ports;
      const startedAtMs = clock.now();
      const before = context.need("epochBefore");
      try {
        await upStack(context, {
          stack: "dr",
          purpose: "activate",
          refresh: false,
          changes: [
            { path: ["holdfast:site", "role"], value: "active" },
            { path: ["holdfast:site", "handover"], value: before },
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
      const { ports, signal } = context;
      const contract = await ports.pulumi.outputs("dr", signal);
      if (contract === null) throw new StepFailed("stack dr gives no contract");
      context.set("drContract", contract);
      const before = context.need("epochBefore");
      const record = await ports.epoch.read(signal);
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
  };
}
