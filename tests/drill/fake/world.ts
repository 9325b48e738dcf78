import type { Site } from "../../../contract/stack.ts";
import { createLease, type LeasePurpose } from "../../../drill/lease.ts";
import type { WebPort } from "../../../drill/ports/applications.ts";
import type { S3Port } from "../../../drill/ports/objects.ts";
import type { ProberPort } from "../../../drill/ports/prober.ts";
import type { Ports } from "../../../drill/ports.ts";
import { addresses, rehearsalContract } from "./contracts.ts";
import { createFakePg } from "./database.ts";
import { createFakeDns } from "./dns.ts";
import type { WorldFaults } from "./faults.ts";
import { createFakeKube } from "./kube.ts";
import { createFakeLab, fakeHost } from "./lab.ts";
import { createFakeMail } from "./mail.ts";
import { createFakeOdoo, documentKey } from "./odoo.ts";
import { createFakeProber } from "./prober.ts";
import { createFakePulumi } from "./pulumi.ts";
import { createFakeRepository } from "./repository.ts";
import { WorldState } from "./state.ts";
import { createFakeSteward } from "./steward.ts";
import { createFakeWeb } from "./web.ts";

/** Two sites and a third place as far as the drill can see them, on virtual time. */
export function createFakeWorld(
  faults: WorldFaults = {},
  held: { readonly by: Site; readonly epoch: number } = { by: "primary", epoch: 1 },
) {
  const state = new WorldState(faults, held);
  const { clock, s3, calls } = state;
  let purpose: LeasePurpose = "drill";

  const repository = createFakeRepository(state);
  const mail = createFakeMail(clock, faults, () => state.isLost());
  const { prober, load } = watched(state);
  const pulumi = createFakePulumi(state, prober);
  const odooAt = createFakeOdoo(state, mail);
  const webAt = (address: () => string): WebPort =>
    createFakeWeb({
      address,
      fails: faults.keyFunctionFails ?? null,
      missing: () => state.missingService,
      published: () => state.workflowPublished,
    });
  const publicAddress = (): string => (state.trafficSwitched() ? addresses.dr : addresses.primary);

  /** Of a driver: the first one's number is 1, and a test says which of them live. */
  const leaseOf = (pid: number, living: ReadonlySet<number> = new Set([1])) =>
    createLease({
      s3,
      clock,
      bucket: "holdfast-control",
      run: "r1",
      operator: "tester",
      host: "here",
      pid,
      durationMs: 60_000,
      graceMs: 60_000,
      isAlive: (each) => living.has(each),
      get purpose() {
        return purpose;
      },
    });

  const ports: Ports = {
    clock,
    host: fakeHost,
    lab: createFakeLab(state),
    kube: createFakeKube(state, repository.addSet),
    pg: createFakePg(state),
    s3: withItsClock(state),
    dns: createFakeDns(state),
    pulumi: pulumi.port,
    prober,
    load,
    odoo: odooAt(publicAddress),
    web: webAt(publicAddress),
    workflows: {
      publish: async ({ name, host }) => {
        calls.push(`publish ${name} at ${host}`);
        state.workflowPublished = true;
      },
    },
    epoch: { bucket: "holdfast-control", read: async () => state.epoch },
    lease: leaseOf(1),
    repository: repository.port,
    steward: createFakeSteward(state),
    certificates: { look: async () => faults.certificates ?? [] },
    sink: faults.noSink === true ? null : mail.sink,
    canary: {
      odoo: odooAt(() => (state.canaryUp() ? addresses.dr : null)),
      web: webAt(() => addresses.dr),
      contract: rehearsalContract(held.epoch),
    },
  };
  /** Production as a rehearsal finds it: deployed, backed up, archived. */
  function inProduction(): void {
    purpose = "rehearsal";
    state.roles.set("primary", "active").set("dr", "standby");
    state.partners = faults.seededPartners ?? 200;
    for (const type of ["full", "diff", "incr"] as const) repository.addSet(type);
  }
  return {
    ports,
    calls,
    clock,
    s3,
    mail,
    leaseOf,
    inProduction,
    /** Where things are now, for a test that wants to know what a run left. */
    now: () => ({
      roles: Object.fromEntries(state.roles),
      epoch: state.epoch,
      primaryUp: state.primaryUp,
      locks: pulumi.lockedStacks(),
    }),
    lockedBy: pulumi.lockedBy,
  };
}

/** A prober of what serves; its marks say where a rehearsal's T0 is. */
function watched(state: WorldState) {
  const { faults, clock, s3 } = state;
  const { prober, load } = createFakeProber({
    clock,
    serving: (atMs) => state.serving(atMs),
    recoveredUntilMs: (site) => state.recoveredUntilMs(site),
    canary: (atMs) => state.servingCanary(atMs),
    uploaded: (name) => {
      state.uploadedNames.push(name);
      if (!faults.documentsStay) s3.put(documentKey(name), "document");
    },
    holes: () => new Set(faults.hole ? [2] : []),
  });
  const mark: ProberPort["mark"] = async (name, detail, signal) => {
    const marked = await prober.mark(name, detail, signal);
    if (name === "loss" && detail.includes("rehearsal")) state.t0Ms = marked.atMs;
    return marked;
  };
  return { prober: { ...prober, mark }, load };
}

/** The store's clock may not be the operator's. */
function withItsClock({ s3, clock, faults }: WorldState): S3Port {
  const { storeSkewMs } = faults;
  if (storeSkewMs === undefined) return s3;
  return { ...s3, clock: async () => ({ atMs: clock.now() + storeSkewMs, roundTripMs: 2 }) };
}

export type FakeWorld = ReturnType<typeof createFakeWorld>;
