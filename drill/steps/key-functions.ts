import { signIn, tryOdoo } from "../key-functions/odoo.ts";
import { tryServices } from "../key-functions/services.ts";
import { lastUser } from "../ledger-tail.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proof, type Step, type StepContext } from "../step.ts";
import { done, notYet } from "../until.ts";
import { tailLines } from "./baseline.ts";
import { countPartners } from "./seed.ts";

/** What people do with every service, through the public name; each proof in the data and not in a status page. */
export function keyFunctionsStep(options: SiteLossOptions): Step {
  return {
    id: "key-functions",
    title: "Key functions: what people do with each service, through the public name",
    timeout: "keyFunctions",
    expectedMs: 8_000,
    evidence: ["key-functions.json"],
    async run(context) {
      // Side by side: one that does not come must not make the others wait.
      await Promise.all([tryOdoo(context, options.odooDatabase), tryServices(context)]);
      await servedByNewEpoch(context);
      const { atMs } = await context.ports.prober.mark("key-functions", "tried", context.signal);
      context.set("keyFunctionsEnded", { atMs });
    },
    async verify(context) {
      const { partners } = context.need("seeded");
      const found = await countPartners(context, await signIn(context));
      context.evidence(
        "key-functions.json",
        `${JSON.stringify({ partners: { seeded: partners, found } }, null, 2)}\n`,
      );
      return [proof("what was seeded can be read", found === partners, `${found} of ${partners}`)];
    },
  };
}

async function servedByNewEpoch(context: StepContext): Promise<void> {
  const epoch = context.need("epochAfter");
  const user = await context.until(
    "a user's transaction in the new epoch",
    async () => {
      const last = lastUser(await context.ports.prober.tail(tailLines));
      if (last?.ok === true && last.epoch === epoch) return done(last);
      return notYet(last === null ? "none" : `epoch ${last.epoch}: ${last.error ?? "ok"}`);
    },
    { timeout: "keyFunctions" },
  );
  const holds = user.site === "dr";
  context.check(
    "keyFunctions",
    "served-by-new-epoch",
    holds ? "met" : "missed",
    `epoch ${user.epoch} at ${user.site}`,
  );
}
