import { verifyChain } from "../../contract/ledger-chain.ts";
import { findDeletion } from "../diagnose.ts";
import { strays, viewOfServers } from "../dns-view.ts";
import { PortError } from "../ports/port-error.ts";
import { proof, proved, type Step, type StepContext } from "../step.ts";
import { publicNames } from "./gate.ts";

/** Steps that run whatever came before. */

/** After a failure: symptoms that no single step sees become a named cause. */
export function diagnoseStep(): Step {
  return {
    id: "diagnose",
    title: "Diagnose what failed",
    timeout: "collect",
    expectedMs: 0,
    always: true,
    evidence: ["diagnosis.json"],
    async precondition(context) {
      if (context.failed().length === 0) return { applies: false, reason: "nothing failed" };
      if (context.peek("loss") === null)
        return { applies: false, reason: "the failure came before the loss" };
      return { applies: true };
    },
    async run(context) {
      const looked = {
        repository: await orWhy(() => diagnoseRepository(context)),
        names: await orWhy(() => diagnoseNames(context)),
        database: await orWhy(() => databaseLogs(context)),
      };
      context.evidence("diagnosis.json", `${JSON.stringify(looked, null, 2)}\n`);
    },
    verify: async () => [proved("looked at repository, names and logs")],
  };
}

/** A part that is down must not hide what the others say. */
async function orWhy(look: () => Promise<string>): Promise<string> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof PortError) return error.message;
    throw error;
  }
}

async function diagnoseRepository(context: StepContext): Promise<string> {
  const offsite = context.peek("drContract")?.backup?.repositories.find(({ kind }) => kind === "offsite");
  const epoch = context.peek("epochBefore");
  if (offsite === undefined || epoch === null) return "no repository is known";
  const versions = await context.ports.s3.listVersions(offsite.bucket, `epochs/${epoch}/`, context.signal);
  const deletion = findDeletion(versions);
  if (deletion === null) return `${versions.length} versions, the info files are there`;
  context.finding(deletion);
  return deletion.what;
}

/** The database is writable, and yet nobody is sent there. */
async function diagnoseNames(context: StepContext): Promise<string> {
  if (context.peek("recovery") === null) return "the database never came back: names do not matter yet";
  const { names, address } = publicNames(context, "dr");
  const views = await viewOfServers(context, names);
  const { dns } = context.ports;
  const authoritative = new Set(dns.authoritatives.map((server) => server.name));
  const wrong = views.filter((view) => authoritative.has(view.name) && strays(view, address) !== null);
  if (wrong.length === 0) return "every authoritative server sends users to dr";
  const what = wrong.map((view) => strays(view, address)).join("; ");
  // All of them: the change never got in. Some: it did, and does not spread.
  const refused = wrong.length === authoritative.size;
  context.finding({ id: refused ? "DNS_UPDATE_REFUSED" : "DNS_NOT_SWITCHED", what });
  return what;
}

async function databaseLogs(context: StepContext): Promise<string> {
  const contract = context.peek("drContract");
  if (contract?.database == null || contract.namespace === null) return "no database pod is known";
  const { pod } = contract.database;
  return context.ports.kube("dr").logs({ namespace: contract.namespace, pod }, 200, context.signal);
}

/** Brings the ledger into the run's directory and ends its writers; without it nothing can be judged. */
export function collectStep(): Step {
  return {
    id: "collect",
    title: "Collect the ledger and the database pod's own times",
    timeout: "collect",
    expectedMs: 2_000,
    always: true,
    evidence: ["ledger.jsonl"],
    // Done again, it may find a prober that it had ended already, and its whole ledger.
    precondition: async ({ ports, peek, again }) =>
      peek("epochBefore") !== null && ((await ports.prober.running()) || again)
        ? { applies: true }
        : { applies: false, reason: "the prober was never started" },
    async run(context) {
      const { ports, signal } = context;
      await ports.load.stop(signal);
      await ports.prober.stop(signal);
      context.evidence("ledger.jsonl", await ports.prober.readLedger());
      // A rehearsal's pod is gone by now, and was asked before.
      if (context.peek("stewardPhases") === null) await noteDatabase(context);
    },
    async verify(context) {
      const { faults, entries } = verifyChain(await context.ports.prober.readLedger());
      return [
        proof(
          "the ledger's chain holds",
          faults.length === 0,
          faults[0]?.what ?? `${entries.length} entries`,
        ),
      ];
    },
  };
}

/** The database pod's own times, and what the sites say of their programs. */
export async function noteDatabase(context: StepContext): Promise<void> {
  const status = await stewardStatus(context);
  if (status === null) return;
  context.set("stewardPhases", [...status.phases]);
  if (status.restoredAtMs != null) context.set("restored", { atMs: status.restoredAtMs });
  context.set("versions", { ...(await context.ports.host.versions()) });
}

async function stewardStatus(context: StepContext) {
  if (context.peek("loss") === null) return null;
  try {
    return await context.ports.steward.status("dr", context.signal);
  } catch (error) {
    if (error instanceof PortError) return null; // its times explain the RTO; without them the phases are coarser
    throw error;
  }
}

/** dr stays active: the way home is a step of its own, and what a person would do next is written down. */
export function leaveStep(): Step {
  return {
    id: "leave",
    title: "Leave dr active; how to hand back is written down",
    timeout: "leave",
    expectedMs: 200,
    evidence: ["next.txt"],
    async run(context) {
      const epoch = context.need("epochAfter");
      context.evidence(
        "next.txt",
        [
          `dr is active in epoch ${epoch}. The next drill hands the business back by itself.`,
          "By hand, each with a pipeline or a shell:",
          "1. dr: holdfast:site.role draining, pulumi up",
          `2. primary, on a fresh site: holdfast:site.role active and holdfast:site.handover ${epoch}, pulumi up --refresh`,
          `3. dr: holdfast:site.role standby and, so that it is armed again, holdfast:site.handover ${epoch + 1}, pulumi up`,
          "",
        ].join("\n"),
      );
    },
    async verify(context) {
      const record = await context.ports.epoch.read(context.signal);
      return [
        proof("dr holds the epoch", record?.holder === "dr", `epoch ${record?.epoch} is ${record?.holder}'s`),
      ];
    },
  };
}
