import { UserError } from "../../errors/user-error.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proved, type Step, type StepContext } from "../step.ts";

/** What must be right before anything is touched; a refusal ends the run with exit status 2. */
export function preflightStep(options: SiteLossOptions): Step {
  return {
    id: "preflight",
    title: "Preflight: clocks, room, name servers, epoch",
    timeout: "preflight",
    expectedMs: 2_000,
    evidence: ["preflight.json"],
    async run(context) {
      const { ports, signal } = context;
      const clockSkewMs = await measureSkew(context);
      const facts = await ports.host.facts();
      const refusals = [
        ...refuse(
          clockSkewMs > options.maximumClockSkewMs,
          `the third place's clock is ${clockSkewMs} ms off`,
        ),
        ...refuse(
          facts.diskAvailableBytes < options.minimumDiskBytes,
          `${gigabytes(facts.diskAvailableBytes)} of disk are free`,
        ),
        ...refuse(
          facts.memoryAvailableBytes < options.minimumMemoryBytes,
          `${gigabytes(facts.memoryAvailableBytes)} of memory are free`,
        ),
        ...(await silentServers(context)),
      ];
      if (refusals.length > 0) throw new UserError("PREFLIGHT_REFUSED", { what: refusals.join("; ") });
      if (facts.loadAverage1m > facts.cpus)
        context.finding({
          id: "BUSY_MACHINE",
          what: `load ${facts.loadAverage1m} on ${facts.cpus} processors at the start`,
        });
      const record = await ports.epoch.read(signal);
      const { sites } = await ports.lab.status();
      context.set("situation", {
        epoch: record?.epoch ?? null,
        holder: record?.holder ?? null,
        siteStates: { primary: sites.primary.state, dr: sites.dr.state },
        clockSkewMs,
      });
      context.evidence(
        "preflight.json",
        `${JSON.stringify({ facts, clockSkewMs, record, sites }, null, 2)}\n`,
      );
    },
    async verify(context) {
      const { epoch, holder, clockSkewMs } = context.need("situation");
      return [
        proved("clocks agree", `${clockSkewMs} ms apart`),
        proved("situation known", epoch === null ? "no epoch yet" : `epoch ${epoch} is ${holder}'s`),
      ];
    },
  };
}

/** Half the round trip is the best guess of when the answer was made. */
async function measureSkew({ ports, signal }: StepContext): Promise<number> {
  const { atMs, roundTripMs } = await ports.s3.clock(signal);
  // HTTP dates have whole seconds, cut off: anything within that second is no skew.
  const here = ports.clock.now() - roundTripMs / 2;
  if (here >= atMs && here < atMs + 1000) return 0;
  return Math.round(Math.min(Math.abs(here - atMs), Math.abs(here - (atMs + 1000))));
}

async function silentServers({ ports, signal }: StepContext): Promise<readonly string[]> {
  const silent: string[] = [];
  for (const server of [...ports.dns.authoritatives, ...ports.dns.resolvers]) {
    // Any answer will do, NXDOMAIN too: before the first `up` the names do not exist.
    const { rcode } = await ports.dns.query(server, "offsite.holdfast.test", signal);
    if (rcode === "TIMEOUT") silent.push(`name server ${server.name} (${server.address}) does not answer`);
  }
  return silent;
}

const refuse = (wrong: boolean, what: string): readonly string[] => (wrong ? [what] : []);
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;
