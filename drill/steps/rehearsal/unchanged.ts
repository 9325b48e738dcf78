import type { LedgerEntry } from "../../../contract/ledger.ts";
import { strays, viewOfServers } from "../../dns-view.ts";
import { sqlInDatabase } from "../../in-pod.ts";
import { canaryPrefix } from "../../prober/prober.ts";
import type { SiteLossOptions } from "../../scenario/options.ts";
import { type Proof, proof, type Step, type StepContext } from "../../step.ts";
import { countLost } from "../../verdict/lost.ts";
import { publicNames } from "../gate.ts";
import { foreignObjects } from "./production-objects.ts";
import { controlObjects } from "./t0.ts";

/** What was under way in production when it was looked at is committed and acknowledged by then, or is nobody's. */
const underWayMs = 15_000;

/**
 * Production after the rehearsal against production at T0. It was not asleep: what it archived, committed and
 * uploaded itself is its own; anything else is the rehearsal's, and red.
 */
export function unchangedStep(options: SiteLossOptions): Step {
  return {
    id: "unchanged",
    title: "Production: served every request, and nothing in it is the rehearsal's",
    timeout: "measure",
    expectedMs: 3_000,
    always: true,
    evidence: ["production.json"],
    precondition: async ({ peek }) =>
      peek("productionAtT0") === null ? { applies: false, reason: "it ended before T0" } : { applies: true },
    async run(context) {
      const unchanged = [
        ...(await rowsAreItsOwn(context, options)),
        await objectsAreItsOwn(context),
        await documentsAreItsOwn(context, options),
        ...(await nobodyTookOver(context)),
        ...(await weightsAreAsBefore(context)),
      ];
      const served = await servedEveryRequest(context);
      context.evidence("production.json", `${JSON.stringify({ unchanged, served }, null, 2)}\n`);
      record(context, "production-unchanged", unchanged);
      record(context, "production-served", served);
    },
    async verify(context) {
      const record = await context.ports.epoch.read(context.signal);
      return [proof("primary holds the epoch", record?.holder === "primary", `epoch ${record?.epoch}`)];
    },
  };
}

function record(
  context: StepContext,
  id: "production-unchanged" | "production-served",
  proofs: readonly Proof[],
): void {
  const broken = proofs.filter(({ holds }) => !holds);
  const said = (broken.length === 0 ? proofs : broken).map(({ what, detail }) => `${what}: ${detail}`);
  context.check("integrity", id, broken.length === 0 ? "met" : "missed", said.join("; "));
  if (broken.length > 0) context.finding({ id: "PRODUCTION_CHANGED", what: said.join("; ") });
}

/** By the ledger for the prober's rows, and by their names for what went through the rehearsal's own name. */
async function rowsAreItsOwn(context: StepContext, options: SiteLossOptions): Promise<readonly Proof[]> {
  const { ports, signal, run } = context;
  const epoch = context.need("epochBefore");
  const untilMs = ports.clock.now();
  const present = await ports.prober.present("primary", epoch, signal);
  // Rows that were committed a moment ago are acknowledged in a moment, on a busy machine in several.
  const { lost, foreign, acknowledged } = await onceSettled(
    context,
    async () => countLost(await ports.prober.tail(Number.MAX_SAFE_INTEGER), present, epoch, untilMs),
    (count) => count.foreign === 0,
  );
  const [row] = await sqlInDatabase(
    context,
    "primary",
    options.odooDatabase,
    `select count(*) from res_partner where name like '${canaryPrefix}%' or ref = 'holdfast-run-${run.id}'`,
  );
  const [timeline] = await sqlInDatabase(
    context,
    "primary",
    options.database,
    "select timeline_id, pg_is_in_recovery() from pg_control_checkpoint()",
  );
  const before = context.need("productionAtT0").timeline;
  return [
    proof(
      "every acknowledged row is there",
      lost === 0 && acknowledged > 0,
      `${lost} of ${acknowledged} missing`,
    ),
    proof("no row that the ledger does not know", foreign === 0, `${foreign}`),
    proof("no row of the rehearsal's users", row?.[0] === "0", `${row?.[0]}`),
    proof(
      "the same timeline, taking writes",
      timeline?.[0] === String(before) && timeline[1] === "f",
      `timeline ${timeline?.[0]}`,
    ),
  ];
}

/** The first answer that is settled, or the last one after what was under way has had its time. */
async function onceSettled<T>(
  { ports: { clock }, signal }: StepContext,
  ask: () => Promise<T>,
  isSettled: (answer: T) => boolean,
): Promise<T> {
  const untilMs = clock.now() + underWayMs;
  for (;;) {
    const answer = await ask();
    if (isSettled(answer) || clock.now() >= untilMs) return answer;
    await clock.sleep(500, signal);
  }
}

async function objectsAreItsOwn(context: StepContext): Promise<Proof> {
  const { ports, signal } = context;
  const offsite = context.need("primaryContract").backup?.repositories.find(({ kind }) => kind === "offsite");
  const versions =
    offsite === undefined ? [] : await ports.s3.listVersions(offsite.bucket, "epochs/", signal);
  const { added, foreign } = foreignObjects(versions, {
    sinceMs: context.need("t0").asOfMs,
    epoch: context.need("epochBefore"),
    timeline: context.need("productionAtT0").timeline,
  });
  return proof(
    "the archive holds nothing but production's own",
    foreign.length === 0 && versions.length > 0,
    foreign.length === 0
      ? `${versions.length} objects, ${added} of them since T0, all primary's`
      : `${foreign.length} others, the first ${foreign[0]}`,
  );
}

/** Whatever was uploaded since T0 has a row in production that names it. */
async function documentsAreItsOwn(context: StepContext, options: SiteLossOptions): Promise<Proof> {
  const what = "every document since T0 is production's";
  const { documents } = context.need("primaryContract");
  if (documents === undefined) return proof(what, true, "the stack declares no documents");
  const { bucket, prefix } = documents;
  const sinceMs = context.need("t0").asOfMs;
  const stored = await context.ports.s3.list(bucket, `${prefix}/`, context.signal);
  const since = stored.filter(({ lastModifiedMs }) => lastModifiedMs > sinceMs);
  const withoutRow = async () => {
    const rows = await sqlInDatabase(
      context,
      "primary",
      options.odooDatabase,
      "select distinct store_fname from ir_attachment where store_fname is not null",
    );
    const named = new Set(rows.map(([name = ""]) => name));
    return since.filter(({ key }) => !named.has(key.slice(prefix.length + 1)));
  };
  // Odoo writes the file first and commits when its request ends.
  const others = await onceSettled(context, withoutRow, (left) => left.length === 0);
  return proof(what, others.length === 0, `${others.length} of ${since.length} without a row at primary`);
}

async function nobodyTookOver(context: StepContext): Promise<readonly Proof[]> {
  const { ports, signal } = context;
  const before = context.need("productionAtT0").controlObjects;
  const after = await controlObjects(context);
  const dr = await ports.pulumi.outputs("dr", signal);
  return [
    proof(
      "epoch and fences are as they were",
      JSON.stringify(after) === JSON.stringify(before),
      after.map(({ key }) => key).join(", "),
    ),
    proof("dr stands by", dr?.role === "standby", `role ${dr?.role ?? "unknown"}`),
  ];
}

async function weightsAreAsBefore(context: StepContext): Promise<readonly Proof[]> {
  const { names, address } = publicNames(context, "primary");
  const views = await viewOfServers(context, names);
  const before = context.need("productionAtT0").weights;
  return views.map((view) => {
    const then = before.find(({ server }) => server === view.name)?.addresses ?? [];
    const same = then.join() === view.addresses.join() && strays(view, address) === null;
    return proof(
      `${view.name} sends users where it did`,
      same,
      `${then.join(", ") || "nothing"} then, ${view.addresses.join(", ") || "nothing"} now`,
    );
  });
}

/** Of the business's users and writers, since T0. */
async function servedEveryRequest(context: StepContext): Promise<readonly Proof[]> {
  const sinceMs = context.need("t0").atMs;
  const entries = (await context.ports.prober.tail(Number.MAX_SAFE_INTEGER)).filter(
    ({ atMs }) => atMs >= sinceMs,
  );
  const count = (keep: (entry: LedgerEntry) => boolean): number => entries.filter(keep).length;
  const users = count((entry) => entry.kind === "user");
  const failedUsers = count((entry) => entry.kind === "user" && !entry.ok);
  const elsewhere = count((entry) => entry.kind === "user" && entry.ok && entry.site !== "primary");
  const documents = count((entry) => entry.kind === "document");
  const failedDocuments = count((entry) => entry.kind === "document" && !entry.ok);
  const rows = count((entry) => entry.kind === "ack");
  const failedRows = count((entry) => entry.kind === "unknown");
  return [
    proof("users' transactions", users > 0 && failedUsers === 0, `${failedUsers} of ${users} failed`),
    proof("users were served by primary", elsewhere === 0, `${elsewhere} by another`),
    proof("documents", failedDocuments === 0, `${failedDocuments} of ${documents} failed`),
    proof("writes", rows > 0 && failedRows === 0, `${failedRows} failed beside ${rows} acknowledged`),
  ];
}
