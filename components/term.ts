import { ComponentResource, type ComponentResourceOptions, type Output } from "@pulumi/pulumi";
import type { Role, Site } from "../contract/stack.ts";
import type { TermPlan } from "../plan/types.ts";
import * as holdfast from "../provider/sdk/index.ts";
import { childOpts } from "./child-opts.ts";

export interface SiteTermArgs {
  readonly plan: TermPlan;
  readonly site: Site;
  /** A request: the epoch object decides. */
  readonly role: Role;
}

/** The site's share in the epoch; the only source of stanza path, restore source and fence. */
export class SiteTerm extends ComponentResource {
  readonly epoch: Output<number>;
  /** 0 where no epoch was before this one. */
  readonly sourceEpoch: Output<number>;
  readonly stanzaPath: Output<string>;
  readonly sourcePath: Output<string>;

  constructor(name: string, args: SiteTermArgs, opts: ComponentResourceOptions) {
    super("holdfast:term:SiteTerm", name, {}, opts);
    const term = this.makeTerm(name, args);
    // Through the fence, where there is one: nothing of this epoch starts before the other site is shut out.
    this.epoch = this.makeFence(name, args, term)?.epoch ?? term.epoch;
    this.sourceEpoch = term.sourceEpoch;
    this.stanzaPath = term.stanzaPath.apply(orNowhere);
    this.sourcePath = term.sourcePath.apply(orNowhere);
    this.registerOutputs({ epoch: this.epoch });
  }

  /** Only who serves declares it: an `up` of the other site's stack has nothing to lift it with. */
  private makeFence(
    name: string,
    { plan, site, role }: SiteTermArgs,
    term: holdfast.Term,
  ): holdfast.Fence | undefined {
    if (role !== "active" && role !== "draining") return undefined;
    const fencedSite = site === "primary" ? "dr" : "primary";
    return new holdfast.Fence(
      `${name}-fence`,
      { bucket: plan.bucket, fencedSite, epoch: term.epoch },
      childOpts(this),
    );
  }

  private makeTerm(name: string, { plan, site, role }: SiteTermArgs): holdfast.Term {
    return new holdfast.Term(
      name,
      {
        bucket: plan.bucket,
        key: plan.key,
        site,
        role,
        ...(plan.handover === null ? {} : { handover: plan.handover }),
        ...(plan.run === null ? {} : { run: plan.run }),
        ...(plan.recovery === null ? {} : { recover: true }),
        ...(plan.recovery?.sourceEpoch == null ? {} : { source: plan.recovery.sourceEpoch }),
      },
      childOpts(this),
    );
  }
}

/** Epoch 0 has no path; configs want one, and nothing is ever there. */
function orNowhere(path: string): string {
  return path === "" ? "/epochs/0" : path;
}
