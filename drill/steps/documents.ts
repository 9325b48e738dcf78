import { createHash, randomBytes } from "node:crypto";
import { attempt } from "../attempt.ts";
import { contractOf, sqlInDatabase } from "../in-pod.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proof, type Step, type StepContext } from "../step.ts";
import { done, notYet } from "../until.ts";
import type { DocumentsFound } from "../verdict/documents.ts";

/** Over a megabyte: larger than anything that Odoo brings with it. */
const documentBytes = 1_500_000;
/** The time that Odoo's transaction, the sidecar's turn and the upload may take, as the documents' own check has it. */
const onItsWayMs = 30_000;

/** A document that no base backup can have brought back: its row comes by WAL, its file by the documents' own way. */
export function documentStep(): Step {
  return {
    id: "document",
    title: "Document: 1.5 MB, after the last base backup",
    timeout: "document",
    expectedMs: 8_000,
    evidence: [],
    async run(context) {
      const contents = randomBytes(documentBytes);
      const session = await attempt("sign in", context.ports.odoo.login(context.signal));
      const values = [{ name: `holdfast-run-${context.run.id}`, datas: contents.toString("base64") }];
      const answer = await attempt(
        "upload a document",
        session.execute("ir.attachment", "create", [values], context.signal),
      );
      const id = Array.isArray(answer) ? answer[0] : answer;
      const digest = createHash("sha1").update(contents).digest("hex");
      context.set("document", {
        id: Number(id),
        bytes: documentBytes,
        name: `${digest.slice(0, 2)}/${digest}`,
        sha256: createHash("sha256").update(contents).digest("hex"),
      });
      const { name } = context.need("document");
      await context.until(
        "the document in the third place",
        async () =>
          (await storedNames(context, "primary")).has(name) ? done(true) : notYet("it is not there yet"),
        { timeout: "document" },
      );
    },
    async verify(context) {
      const { name } = context.need("document");
      return [proof("it is in the third place", (await storedNames(context, "primary")).has(name), name)];
    },
  };
}

/** Names in the third place, below the folder of Odoo's database. None where the site declares no documents. */
async function storedNames(context: StepContext, site: "primary" | "dr"): Promise<ReadonlySet<string>> {
  const { documents } = contractOf(context, site);
  if (documents === undefined) return new Set();
  const { bucket, prefix } = documents;
  const objects = await context.ports.s3.list(bucket, `${prefix}/`, context.signal);
  // In a rehearsal the primary uploads on: what it stored after T0 does not count.
  const storedByMs = context.peek("t0")?.asOfMs ?? Number.POSITIVE_INFINITY;
  const counted = objects.filter(({ lastModifiedMs }) => lastModifiedMs <= storedByMs);
  return new Set(counted.map(({ key }) => key.slice(prefix.length + 1)));
}

/** Files against the ledger and against the recovered rows. */
export async function measureDocuments(
  context: StepContext,
  options: SiteLossOptions,
): Promise<DocumentsFound> {
  const there = await storedNames(context, "dr");
  const entries = await context.ports.prober.tail(Number.MAX_SAFE_INTEGER);
  const acknowledged = entries.flatMap((entry) =>
    entry.kind === "document" && entry.ok && entry.name !== null ? [entry.name] : [],
  );
  // What dr's own Odoo has written since is on its way there; Odoo's times are UTC without a zone.
  const lossAtMs = context.need("loss").atMs;
  const rows = await sqlInDatabase(
    context,
    "dr",
    options.odooDatabase,
    `select store_fname, floor(extract(epoch from min(greatest(create_date, write_date))) * 1000)
      from ir_attachment where store_fname is not null
      group by 1 having min(greatest(create_date, write_date)) < to_timestamp(${lossAtMs / 1000}) at time zone 'utc'`,
  );
  const named = rows.map(([name = "", writtenAtMs]) => ({ name, writtenAtMs: Number(writtenAtMs) }));
  const rowsWithoutFile = named.filter(({ name }) => !there.has(name));
  // A row of the last seconds whose file was still on its way is what the object RPO counts; an older one is damage.
  const damaged = rowsWithoutFile.filter(({ writtenAtMs }) => writtenAtMs < lossAtMs - onItsWayMs);
  const young = rowsWithoutFile.length - damaged.length;
  context.check(
    "integrity",
    "documents",
    named.length === 0 ? "notJudged" : damaged.length === 0 ? "met" : "missed",
    damaged.length === 0
      ? `${named.length} files that rows name, ${young === 0 ? "all there" : `${young} of the last ${onItsWayMs / 1000} s on their way when it was lost, all others there`}`
      : `${damaged.length} of ${named.length} files that rows name are not there, the first ${damaged[0]?.name}`,
  );
  return {
    stored: acknowledged.filter((name) => there.has(name)),
    rows: named.length,
    rowsWithoutFile: rowsWithoutFile.slice(0, 100),
  };
}
