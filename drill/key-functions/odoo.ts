import { createHash } from "node:crypto";
import { z } from "zod";
import { attempt } from "../attempt.ts";
import { valueInDatabase } from "../in-pod.ts";
import type { OdooSession } from "../ports/applications.ts";
import type { StepContext } from "../step.ts";
import { publicNames } from "../steps/gate.ts";
import { contactsFloor, countPartners } from "../steps/seed.ts";
import { done, notYet } from "../until.ts";
import type { KeyFunctionId } from "../verdict/required.ts";

/** What a user of Odoo does: each proof is in the data and not in a status page. */
export async function tryOdoo(context: StepContext, odooDatabase: string): Promise<void> {
  const session = await signIn(context);
  await readPartners(context, session);
  await writePartner(context, session, odooDatabase);
  await downloadDocument(context, session);
}

function judge(context: StepContext, id: KeyFunctionId, holds: boolean, detail: string): void {
  context.check("keyFunctions", id, holds ? "met" : "missed", detail);
}

export async function signIn(context: StepContext): Promise<OdooSession> {
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
  if (partners === 0) return readContacts(context, session);
  const found = await countPartners(context, session);
  judge(context, "read", found === partners, `${found} of ${partners} seeded partners`);
}

/** A rehearsal seeds nothing: then it is the contacts that production itself had before T0. "0 of 0" would prove nothing. */
async function readContacts(context: StepContext, session: OdooSession): Promise<void> {
  const floor = context.peek("floors")?.find(({ table }) => table === contactsFloor)?.rows ?? 0;
  const found = Number(
    await attempt("count contacts", session.execute("res.partner", "search_count", [[]], context.signal)),
  );
  judge(context, "read", floor > 0 && found >= floor, `${found} of at least ${floor} contacts`);
}

/** Written through the public name, read back from dr's own database: nothing in between can pretend. */
async function writePartner(context: StepContext, session: OdooSession, odooDatabase: string): Promise<void> {
  const ref = `holdfast-run-${context.run.id}`;
  const values = [{ name: "Written after the loss", ref }];
  const created = await attempt(
    "create a partner",
    session.execute("res.partner", "create", [values], context.signal),
  );
  const count = await valueInDatabase(
    context,
    "dr",
    odooDatabase,
    `select count(*) from res_partner where ref = '${ref.replaceAll("'", "''")}' and id = ${Number([created].flat()[0])}`,
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
