import { z } from "zod";
import { StepFailed } from "../../outcome.ts";
import type { PulumiEvent } from "../../ports/engine.ts";
import { cancelLeftLocks } from "../../stack-lock.ts";
import { noteLock } from "../../stack-up.ts";
import { type Proof, proof, type Step, type StepContext } from "../../step.ts";
import { done, notYet } from "../../until.ts";
import { noteDatabase } from "../closing.ts";
import { canaryOf } from "./canary-view.ts";

const stack = "rehearsal";

/** What a rehearsal that was killed left behind goes first: its name and ports would be in the way. */
export function leftoversStep(): Step {
  return {
    id: "leftovers",
    title: "What an earlier rehearsal left is taken away",
    timeout: "cleanUp",
    expectedMs: 500,
    evidence: [],
    precondition: async ({ ports, signal }) =>
      (await ports.pulumi.resources(stack, signal)) === null
        ? { applies: false, reason: "there is nothing" }
        : { applies: true },
    async run(context) {
      // The lease keeps other runs away, not a person's own `pulumi up`.
      await cancelLeftLocks(context, stack, context.peek("stackLocks") ?? []);
      await destroyRehearsal(context, "leftovers");
    },
    verify: (context) => goneProofs(context),
  };
}

/** Runs whatever came before: a copy of production's data is not left lying about. */
export function cleanUpStep(): Step {
  return {
    id: "clean-up",
    title: "Clean up: the rehearsal's stack is destroyed, and nothing of it is left",
    timeout: "cleanUp",
    expectedMs: 30_000,
    always: true,
    evidence: ["clean-up.json"],
    precondition: async ({ ports, peek, signal }) =>
      peek("t0") === null || (await ports.pulumi.resources(stack, signal)) === null
        ? { applies: false, reason: "nothing was made" }
        : { applies: true },
    async run(context) {
      await context.ports.prober.canary(false, context.signal);
      await noteDatabase(context);
      await destroyRehearsal(context, "clean-up");
    },
    async verify(context) {
      const proofs = await goneProofs(context);
      const left = proofs.filter(({ holds }) => !holds);
      const words = left.map(({ what, detail }) => `${what}: ${detail}`).join("; ");
      context.evidence("clean-up.json", `${JSON.stringify(proofs, null, 2)}\n`);
      context.check(
        "integrity",
        "no-leftovers",
        left.length === 0 ? "met" : "missed",
        left.length === 0 ? proofs.map(({ what }) => what).join(", ") : words,
      );
      if (left.length > 0) context.finding({ id: "LEFTOVERS", what: words });
      return proofs;
    },
  };
}

/** Nothing there is fine: it is the second try after a clean-up that was cut off. */
export async function destroyRehearsal(context: StepContext, purpose: string): Promise<void> {
  const { ports, run, signal } = context;
  if ((await ports.pulumi.resources(stack, signal)) === null) return;
  const events: string[] = [];
  const onEvent = (event: PulumiEvent): void => {
    events.push(JSON.stringify({ wallMs: ports.clock.now(), ...event }));
  };
  try {
    const result = await ports.pulumi.destroy({
      stack,
      message: `holdfast ${run.id}: ${purpose}`,
      onEvent,
      onLock: (lock) => noteLock(context, stack, lock),
      signal,
    });
    signal.throwIfAborted();
    if (!result.ok) throw new StepFailed(`the stack ${stack} could not be destroyed: ${result.error}`);
  } finally {
    context.evidence(`destroy-${stack}-${purpose}.jsonl`, events.map((event) => `${event}\n`).join(""));
  }
}

const namespaceOf = (context: StepContext): string => canaryOf(context.ports).contract.namespace ?? "";

/** Kubernetes and resolvers take their time to forget; what is still there when it is over is left over. */
async function goneProofs(context: StepContext): Promise<readonly Proof[]> {
  const namespace = namespaceOf(context);
  const look = async (): Promise<readonly Proof[]> => [
    await stateIsEmpty(context),
    await namespaceIsGone(context, namespace),
    await volumesAreFree(context, namespace),
    ...(await nameIsGone(context)),
  ];
  let last: readonly Proof[] = [proof("looked", false, "nobody could look")];
  await context
    .until(
      "everything of the rehearsal to be gone",
      async () => {
        last = await look();
        const there = last.filter(({ holds }) => !holds);
        return there.length === 0 ? done(true) : notYet(there.map(({ detail }) => detail).join("; "));
      },
      { timeout: "gone" },
    )
    .catch((error: unknown) => {
      context.signal.throwIfAborted();
      context.progress("clean-up", error instanceof Error ? error.message : String(error));
    });
  return last;
}

async function stateIsEmpty({ ports, signal }: StepContext): Promise<Proof> {
  const resources = await ports.pulumi.resources(stack, signal);
  return proof("no stack", resources === null, resources === null ? "" : `${resources} resources in state`);
}

async function namespaceIsGone({ ports, signal }: StepContext, namespace: string): Promise<Proof> {
  const found = await ports.kube("dr").get("v1/Namespace", "", namespace, signal);
  return proof("no namespace", found === null, found === null ? "" : `namespace ${namespace} is there`);
}

const volumeSchema = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ claimRef: z.object({ namespace: z.string().optional() }).optional() }),
  status: z.object({ phase: z.string().optional() }).optional(),
});

/** Bound to a claim of that namespace, or released by one: with the reclaim policy Retain its data would stay. */
async function volumesAreFree({ ports, signal }: StepContext, namespace: string): Promise<Proof> {
  const volumes = z.array(volumeSchema).parse(await ports.kube("dr").list("v1/PersistentVolume", "", signal));
  const left = volumes.filter(({ spec }) => spec.claimRef?.namespace === namespace);
  return proof(
    "no volumes",
    left.length === 0,
    left.map(({ metadata, status }) => `volume ${metadata.name} is ${status?.phase ?? "there"}`).join(", "),
  );
}

async function nameIsGone({ ports, signal }: StepContext): Promise<readonly Proof[]> {
  const name = canaryOf(ports).contract.publicName ?? "";
  return Promise.all(
    [...ports.dns.authoritatives, ...ports.dns.resolvers].map(async (server) => {
      const { addresses } = await ports.dns.query(server, name, signal);
      return proof(
        `no name at ${server.name}`,
        addresses.length === 0,
        addresses.length === 0 ? "" : `${server.name} still says ${addresses.join(", ")}`,
      );
    }),
  );
}
