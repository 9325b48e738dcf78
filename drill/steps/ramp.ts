import { percentOf, type ServerView, viewOfServers } from "../dns-view.ts";
import type { FactValue } from "../facts.ts";
import { FindingError } from "../findings.ts";
import { contractOf } from "../in-pod.ts";
import { StepFailed } from "../outcome.ts";
import { rampUsers, shareTolerance } from "../ramp.ts";
import { upEvidence, upStack } from "../stack-up.ts";
import { type Proof, proof, type Step, type StepContext } from "../step.ts";
import { done, notYet } from "../until.ts";

export interface RampOptions {
  /** Percent of the public name's answers that lead to dr, rising, 100 last (`holdfast:traffic.ramp`). */
  readonly shares: readonly number[];
  readonly holdMs: number;
  /** Percent of users' transactions that may fail while a share is held. */
  readonly errorPercent: number;
}

/** Questions to each authoritative server for one look at a share: chance is then within 16 percent at worst. */
const asks = 100;
const lookMs = 1000;

/**
 * Users move to dr by shares: an `up` of the run's own copy for each, proved at every server, held and watched.
 * When too many of them fail, one more `up` sends everybody back to where they came from. For a move between two
 * sites that can both serve: who lost a site has nobody to hold back.
 */
export function rampStep({ shares, holdMs, errorPercent }: RampOptions): Step {
  return {
    id: "ramp",
    title: `Ramp: ${shares.join(", ")} % of the users to dr, each held for ${holdMs / 1000} s`,
    timeout: "ramp",
    expectedMs: shares.length * (holdMs + 10_000),
    evidence: [...shares.map((share) => upEvidence("dr", `ramp-${share}`)), "ramp.json"],
    precondition: async () =>
      shares.length < 2
        ? { applies: false, reason: "all of the weight moves in one step" }
        : { applies: true },
    async run(context) {
      const held: FactValue<"ramp"> = [];
      for (const share of shares) {
        await shareUp(context, share, `ramp-${share}`);
        const views = await served(context, share);
        const servedAtMs = context.ports.clock.now();
        const users = await hold(context, { servedAtMs, holdMs, errorPercent });
        held.push({
          share,
          servedAtMs,
          heldUntilMs: context.ports.clock.now(),
          users: users.users,
          failed: users.failed,
          servers: percents(context, views),
        });
        context.set("ramp", held);
        context.evidence("ramp.json", `${JSON.stringify(held, null, 2)}\n`);
        if (users.failedPercent > errorPercent) await sendBack(context, share, users);
      }
    },
    async verify(context) {
      const ramp = context.need("ramp");
      const last = ramp.at(-1);
      return [
        proof("every share was held", ramp.length === shares.length, `${ramp.length} of ${shares.length}`),
        ...(last?.servers ?? []).map(
          ({ name, percent }): Proof =>
            proof(`${name} sends everybody to dr`, percent === 100, `${percent.toFixed(0)} %`),
        ),
      ];
    },
  };
}

/** The address that users are moved to, and the public name: the database's is never shared out. */
function destination(context: StepContext): { readonly names: readonly string[]; readonly address: string } {
  const { database, publicName, stack } = contractOf(context, "dr");
  if (database === null || publicName === null)
    throw new StepFailed(`stack ${stack} declares no public name`);
  return { names: [publicName], address: database.address };
}

function shareUp(context: StepContext, share: number, purpose: string): Promise<void> {
  return upStack(context, {
    stack: "dr",
    purpose,
    refresh: false,
    changes: [
      { path: ["holdfast:site", "role"], value: "active" },
      { path: ["holdfast:traffic", "share"], value: share },
    ],
  });
}

/**
 * An update that was accepted is not yet served: every authoritative server is asked often enough to tell the
 * share. A caching resolver gives everybody one answer for a while, so of it only whole shares can be told.
 */
async function served(context: StepContext, share: number): Promise<readonly ServerView[]> {
  const { names, address } = destination(context);
  const authoritative = new Set(context.ports.dns.authoritatives.map(({ name }) => name));
  const strayFrom = (view: ServerView): string | null => {
    if (view.problem !== null) return `${view.name} says ${view.problem}`;
    const percent = percentOf([view], address) ?? 0;
    const whole = share === 0 || share === 100;
    if (!whole && !authoritative.has(view.name)) return null;
    return Math.abs(percent - share) <= shareTolerance(share, asks)
      ? null
      : `${view.name} sends ${percent.toFixed(0)} % there`;
  };
  return context.until(
    `every name server to send ${share} % of the users to dr`,
    async () => {
      const views = await viewOfServers(context, names, asks);
      const strays = views.map(strayFrom).filter((stray) => stray !== null);
      return strays.length === 0 ? done(views) : notYet(strays.join("; "));
    },
    { timeout: "shareServed" },
  );
}

/** Looks at the users once a second; ends early only when too many of enough of them have failed. */
async function hold(
  context: StepContext,
  { servedAtMs, holdMs, errorPercent }: { servedAtMs: number; holdMs: number; errorPercent: number },
) {
  const { ports, signal } = context;
  const { address } = destination(context);
  for (;;) {
    const users = rampUsers(await ports.prober.tail(Number.MAX_SAFE_INTEGER), servedAtMs, address);
    const over = ports.clock.now() - servedAtMs >= holdMs;
    // A dozen: one failure among the first few is no rate.
    if (over || (users.users >= 12 && users.failedPercent > errorPercent)) {
      if (users.users === 0)
        throw new StepFailed("no user tried while the share was held: nothing was watched");
      return users;
    }
    await ports.clock.sleep(lookMs, signal);
  }
}

async function sendBack(
  context: StepContext,
  share: number,
  users: { readonly users: number; readonly failed: number; readonly failedPercent: number },
): Promise<never> {
  await shareUp(context, 0, "ramp-return");
  await served(context, 0);
  throw new FindingError({
    id: "RAMP_RETURNED",
    what: `at ${share} % of the users ${users.failed} of ${users.users} failed (${users.failedPercent.toFixed(0)} %): all of them were sent back`,
  });
}

function percents(context: StepContext, views: readonly ServerView[]): FactValue<"ramp">[number]["servers"] {
  const { address } = destination(context);
  return views.map((view) => ({ name: view.name, percent: percentOf([view], address) ?? 0 }));
}
