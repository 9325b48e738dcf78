import { strays, viewOfServers } from "../dns-view.ts";
import { drCanRestore } from "../dr-ready.ts";
import { contractOf } from "../in-pod.ts";
import { isStaleBeforeLoss } from "../loss.ts";
import { StepFailed } from "../outcome.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { type Proof, proof, type Step, type StepContext } from "../step.ts";
import { done, notYet } from "../until.ts";
import { healthyNow, tailLines } from "./baseline.ts";

/** Health before the fault: a loss on top of something broken measures the wrong thing. */
export function gateStep(options: SiteLossOptions): Step {
  return {
    id: "gate",
    title:
      "Health gate: roles agree with the epoch, a full backup is offsite, dr can restore it, names point at primary",
    timeout: "gate",
    expectedMs: 5_000,
    evidence: ["gate.json"],
    stale: isStaleBeforeLoss,
    async run(context) {
      await context.until(
        "prober, load and users to be well",
        async () => {
          const tail = await context.ports.prober.tail(tailLines);
          const problem = healthyNow(tail, context.ports.clock.now(), 3000);
          return problem === null ? done(true) : notYet(problem);
        },
        { timeout: "gate" },
      );
    },
    async verify(context) {
      const proofs = [
        ...(await bothAnswer(context)),
        ...(await epochAgrees(context)),
        ...(await restorable(context)),
        ...(await namesPointAtPrimary(context, options)),
      ];
      context.evidence("gate.json", `${JSON.stringify(proofs, null, 2)}\n`);
      return proofs;
    },
  };
}

async function bothAnswer(context: StepContext): Promise<readonly Proof[]> {
  return Promise.all(
    (["primary", "dr"] as const).map(async (site) => {
      const { reachable, detail } = await context.ports.kube(site).reach(context.signal);
      return proof(`${site} answers`, reachable, detail);
    }),
  );
}

async function epochAgrees(context: StepContext): Promise<readonly Proof[]> {
  const record = await context.ports.epoch.read(context.signal);
  const before = context.need("epochBefore");
  const dr = contractOf(context, "dr");
  return [
    proof(
      "epoch is primary's",
      record?.holder === "primary" && record.epoch === before,
      `epoch ${record?.epoch} is ${record?.holder}'s`,
    ),
    proof("dr stands by", dr.role === "standby", `role ${dr.role}`),
  ];
}

/** The repository holds what the loss will ask it for, and dr can take it. */
async function restorable(context: StepContext): Promise<readonly Proof[]> {
  const info = await context.ports.repository.info(
    { repository: "offsite", epoch: context.need("epochBefore"), via: "primary" },
    context.signal,
  );
  const full = info.sets.findLast((set) => set.type === "full" && !set.error);
  return [
    proof(
      "offsite holds a full backup of this epoch",
      full !== undefined,
      full?.label ?? info.status.message,
    ),
    ...(await drCanRestore(context, info.sets.at(-1))),
  ];
}

async function namesPointAtPrimary(
  context: StepContext,
  options: SiteLossOptions,
): Promise<readonly Proof[]> {
  const { names, address } = publicNames(context, "primary");
  return (await viewOfServers(context, names)).flatMap((view) => {
    const stray = strays(view, address);
    return [
      proof(`${view.name} sends users to primary`, stray === null, stray ?? address),
      proof(
        `${view.name}'s TTL is short`,
        view.ttlSeconds !== null && view.ttlSeconds <= options.maximumTtlSeconds,
        `${view.ttlSeconds} s`,
      ),
    ];
  });
}

/** The names that users and applications go by, and the address that they should find at that site. */
export function publicNames(
  context: StepContext,
  site: "primary" | "dr",
): { readonly names: readonly string[]; readonly address: string } {
  const contract = contractOf(context, site);
  const names = [contract.publicName, contract.databaseName, ...(contract.hostNames ?? [])].filter(
    (name) => name !== null,
  );
  if (contract.database === null || names.length === 0)
    throw new StepFailed(`stack ${contract.stack} declares no public names`);
  return { names, address: contract.database.address };
}
