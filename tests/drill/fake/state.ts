import type { Role, Site } from "../../../contract/stack.ts";
import type { EpochRecord } from "../../../drill/ports/third-place.ts";
import { createFakeClock } from "./clock.ts";
import type { WorldFaults } from "./faults.ts";
import type { Serving } from "./prober.ts";
import { createFakeStore } from "./store.ts";
import { promotedAtMs, startMs, trafficAtMs } from "./timeline.ts";

/** When what has not happened happened. */
const never = Number.POSITIVE_INFINITY;

/** What is so at this moment of virtual time: the ports tell it, and what they are asked to do changes it. */
export class WorldState {
  readonly faults: WorldFaults;
  readonly clock = createFakeClock(startMs);
  readonly s3: ReturnType<typeof createFakeStore>;
  /** What was asked of the world, in order, as far as a test may want to know. */
  readonly calls: string[] = [];

  epoch: EpochRecord;
  /** In which the primary serves until it is lost. */
  epochOfLoss: number;
  /** Of each stack, by its last `up`. */
  readonly roles = new Map<string, Role>();
  primaryUp = true;
  /** dr's restore is still refused. */
  halfDone: boolean;
  lossMs = never;
  activatedMs = never;

  /** T0 of a rehearsal. */
  t0Ms = never;
  rehearsedMs = never;
  rehearsalStands = false;

  /** Percent of the public name's answers that lead to dr, once a ramp's `up` has said so. */
  readonly shares: { readonly atMs: number; readonly share: number }[] = [];

  missingService: string | null;
  workflowPublished = false;
  /** Rows that Odoo took: seeded, and this run's own. */
  partners = 0;
  runPartners = 0;
  /** Of the file that the run left with Odoo. */
  documentName = "";
  /** By the prober. */
  readonly uploadedNames: string[] = [];

  constructor(faults: WorldFaults, held: { readonly by: Site; readonly epoch: number }) {
    this.faults = faults;
    this.s3 = createFakeStore(this.clock, faults);
    this.epoch = { epoch: held.epoch, holder: held.by, run: null };
    this.epochOfLoss = held.by === "primary" ? held.epoch : held.epoch + 1;
    this.halfDone = faults.halfDone === true;
    this.missingService = faults.serviceMissing ?? null;
  }

  isRehearsal(): boolean {
    return this.t0Ms !== never;
  }

  isActivated(): boolean {
    return this.activatedMs !== never;
  }

  /** Production is, or is taken for it by a rehearsal. */
  isLost(): boolean {
    return this.clock.now() > Math.min(this.lossMs, this.t0Ms);
  }

  /** Start of dr's activation, or of a rehearsal's `up`. */
  activationMs(): number {
    return Math.min(this.activatedMs, this.rehearsedMs);
  }

  sinceActivationMs(): number {
    return this.clock.now() - this.activationMs();
  }

  promoted(): boolean {
    return this.faults.stewardError === undefined && this.sinceActivationMs() >= promotedAtMs;
  }

  /** The rehearsal's own name leads somewhere. */
  canaryUp(): boolean {
    return (this.rehearsalStands || this.faults.leftover === "name") && this.#copyServes();
  }

  /** The public names lead to dr. */
  trafficSwitched(): boolean {
    return this.isActivated() && !this.faults.dnsRefused && this.#copyServes();
  }

  /** Who answers by the public name, as the prober sees it. */
  serving(atMs: number): Serving {
    const { faults, epochOfLoss } = this;
    const share = this.shares.findLast((each) => each.atMs <= atMs)?.share;
    if (share !== undefined) {
      const toDr = ((atMs / 1000) * 37) % 100 < share;
      if (!toDr) return { site: "primary", epoch: epochOfLoss };
      return share >= (faults.failsFromShare ?? 101) ? null : { site: "dr", epoch: epochOfLoss };
    }
    const sinceT0 = atMs - this.t0Ms;
    if (faults.meanwhile === "outage" && sinceT0 > 10_000 && sinceT0 < 12_000) return null;
    if (atMs < this.lossMs) return this.primaryUp ? { site: "primary", epoch: epochOfLoss } : null;
    const switched = atMs - this.activatedMs >= this.#servesAfterMs();
    return switched && !faults.dnsRefused && faults.stewardError === undefined
      ? { site: "dr", epoch: epochOfLoss + 1 }
      : null;
  }

  /** Who answers by the rehearsal's own name. */
  servingCanary(atMs: number): Serving {
    const serves = this.rehearsalStands && atMs - this.rehearsedMs >= this.#servesAfterMs();
    return serves ? { site: "dr", epoch: this.epochOfLoss } : null;
  }

  /** A site's database has what was acknowledged before. */
  recoveredUntilMs(site: Site): number {
    const lostMs = (this.faults.lostSeconds ?? 20) * 1000;
    if (!this.isRehearsal()) return this.lossMs - lostMs;
    return site === "primary" ? this.clock.now() : this.t0Ms - lostMs;
  }

  #servesAfterMs(): number {
    return this.faults.serveAfterMs ?? trafficAtMs;
  }

  #copyServes(): boolean {
    return this.promoted() && this.sinceActivationMs() >= this.#servesAfterMs();
  }
}
