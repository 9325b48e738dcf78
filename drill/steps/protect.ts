import { backUp, offsiteSets } from "../backup-job.ts";
import { FindingError } from "../findings.ts";
import { proof, type Step } from "../step.ts";

/** A site that serves without a backup of its own is one loss away from nothing. */
export function protectStep(): Step {
  return {
    id: "protect",
    title: "Protect again: a full backup of the new epoch is offsite",
    timeout: "protect",
    expectedMs: 20_000,
    evidence: [],
    async run(context) {
      const epoch = context.need("epochAfter");
      const have = (await offsiteSets(context, "dr", epoch)).findLast(
        (set) => set.type === "full" && !set.error,
      );
      const set = have ?? (await backUp(context, { site: "dr", type: "full", epoch, timeout: "protect" }));
      context.set("protectedBy", { label: set.label, epoch });
    },
    async verify(context) {
      const { label, epoch } = context.need("protectedBy");
      const info = await context.ports.repository.info(
        { repository: "offsite", epoch, via: "dr" },
        context.signal,
      );
      const set = info.sets.find((each) => each.label === label);
      const archiving = info.archive.max !== null;
      const safe = set !== undefined && !set.error && archiving;
      const detail = `${label}, archive up to ${info.archive.max ?? "nothing"}`;
      context.check("integrity", "protected-again", safe ? "met" : "missed", detail);
      if (!safe) throw new FindingError({ id: "NOT_PROTECTED", what: detail });
      return [proof("the new epoch is restorable", true, detail)];
    },
  };
}
