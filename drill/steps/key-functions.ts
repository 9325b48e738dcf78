import { createHash } from "node:crypto";
import { z } from "zod";
import { attempt } from "../attempt.ts";
import { valueInDatabase } from "../in-pod.ts";
import { lastUser } from "../ledger-tail.ts";
import type { OdooSession } from "../ports.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proof, type Step, type StepContext } from "../step.ts";
import { done, notYet } from "../until.ts";
import type { KeyFunctionId } from "../verdict/required.ts";
import { tailLines } from "./baseline.ts";
import { publicNames } from "./gate.ts";
import { countPartners } from "./seed.ts";

/** What a user does, through the public name; each proof in the data and not in a status page. */
export function keyFunctionsStep(options: SiteLossOptions): Step {
  return {
    id: "key-functions",
    title: "Key functions: sign in, read, write through the public name",
    timeout: "keyFunctions",
    expectedMs: 8_000,
    evidence: ["key-functions.json"],
    async run(context) {
      const session = await signIn(context);
      await readPartners(context, session);
      await writePartner(context, session, options);
      await downloadDocument(context, session);
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

function judge(context: StepContext, id: KeyFunctionId, holds: boolean, detail: string): void {
  context.check("keyFunctions", id, holds ? "met" : "missed", detail);
}

async function signIn(context: StepContext): Promise<OdooSession> {
  const { address } = publicNames(context, "dr");
  const session = await context.until(
    "sign-in through the public name",
    async (signal) => {
      const found = await context.ports.odoo.login(signal);
      return found.address === address ? done(found) : notYet(`${found.address} answered`);
    },
    { timeout: "keyFunctions" },
  );
  judge(context, "login", true, `user ${session.uid} at ${session.address}`);
  return session;
}

async function readPartners(context: StepContext, session: OdooSession): Promise<void> {
  const { partners } = context.need("seeded");
  const found = await countPartners(context, session);
  judge(context, "read", found === partners, `${found} of ${partners} seeded partners`);
}

/** Written through the public name, read back from dr's own database: nothing in between can pretend. */
async function writePartner(
  context: StepContext,
  session: OdooSession,
  options: SiteLossOptions,
): Promise<void> {
  const ref = `holdfast-run-${context.run.id}`;
  const values = [{ name: "Written after the loss", ref }];
  const created = await attempt(
    "create a partner",
    session.execute("res.partner", "create", [values], context.signal),
  );
  const count = await valueInDatabase(
    context,
    "dr",
    options.odooDatabase,
    `select count(*) from res_partner where ref = '${ref.replaceAll("'", "''")}'`,
  );
  judge(context, "write", count === "1", `record ${JSON.stringify(created)}, ${count} in dr's database`);
}

/** As a person downloads it, from dr's own volume: what was uploaded after the last base backup, byte for byte. */
async function downloadDocument(context: StepContext, session: OdooSession): Promise<void> {
  const { id, bytes, sha256 } = context.need("document");
  const answer = await attempt(
    "download the document",
    session.execute("ir.attachment", "read", [[id], ["datas"]], context.signal),
  );
  const rows = z.array(z.object({ datas: z.union([z.string(), z.literal(false)]) })).safeParse(answer);
  const text = rows.success ? rows.data[0]?.datas : undefined;
  const contents = Buffer.from(typeof text === "string" ? text : "", "base64");
  const digest = createHash("sha256").update(contents).digest("hex");
  judge(
    context,
    "document",
    digest === sha256,
    `${contents.length} of ${bytes} bytes, sha256 ${digest === sha256 ? "as uploaded" : "another"}`,
  );
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
  judge(context, "served-by-new-epoch", user.site === "dr", `epoch ${user.epoch} at ${user.site}`);
}
