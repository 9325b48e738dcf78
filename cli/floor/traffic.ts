import { systemClock } from "../../drill/adapters/clock.ts";
import { createDnsPort } from "../../drill/adapters/dns.ts";
import type { DnsServer } from "../../drill/ports/names.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import { PowerDns } from "../../provider/clients/powerdns.ts";
import { absolute } from "../../provider/resources/dns-types.ts";
import type { SiteStack } from "../places.ts";
import { inSeconds } from "./in-seconds.ts";

/** A name of the floor's own: nobody is sent anywhere by it, and it is gone afterwards. */
const label = "holdfast-floor";
const waitMs = 60_000;
const lookMs = 50;

export interface TrafficTimes {
  /** From one request to the name server's API until every authoritative server gives the new answer. */
  readonly traffic: number;
  /** From then until every caching resolver does, which had the old one for half its life. */
  readonly verify: number;
}

/**
 * What it takes to move a name by hand: a record of the same TTL is changed by its server's own API, and everybody
 * who is asked in a drill is asked. Null where the zone is not PowerDNS's: no other is changed for a measurement.
 */
export async function moveTrafficBare(
  { config, secret }: SiteStack,
  resolvers: readonly DnsServer[],
  signal: AbortSignal,
): Promise<TrafficTimes | null> {
  const { traffic } = config;
  if (traffic.implementation !== "powerdns") return null;
  const api = new PowerDns({ endpoint: traffic.api, apiKey: secret(traffic.apiKey) });
  const zone = absolute(traffic.zone);
  const name = `${label}.${traffic.zone}`;
  const { ttl, sites } = traffic;
  const dns = createDnsPort({ authoritatives: traffic.nameservers, resolvers, names: [name] });
  const publish = (address: string): Promise<void> =>
    told(async () => {
      await api.replace(zone, { name: absolute(name), type: "A", ttl, contents: [address] });
      await api.notify(zone);
    });
  const answeredBy = async (servers: readonly DnsServer[], address: string): Promise<void> => {
    const deadline = performance.now() + waitMs;
    for (;;) {
      const answers = await Promise.all(servers.map((server) => dns.query(server, name, signal)));
      if (answers.every(({ addresses }) => addresses.length === 1 && addresses[0] === address)) return;
      if (performance.now() > deadline)
        throw new PortError("floor", `${name} is not ${address} at every server after ${waitMs / 1000} s`);
      await systemClock.sleep(lookMs, signal);
    }
  };
  try {
    await publish(sites.primary);
    await answeredBy(traffic.nameservers, sites.primary);
    await answeredBy(resolvers, sites.primary);
    // Whoever asks again and again has a cached answer that is half as old as it may be, on average.
    await systemClock.sleep((ttl * 1000) / 2, signal);
    const began = performance.now();
    await publish(sites.dr);
    await answeredBy(traffic.nameservers, sites.dr);
    const served = performance.now();
    await answeredBy(resolvers, sites.dr);
    return { traffic: inSeconds(served - began), verify: inSeconds(performance.now() - served) };
  } finally {
    await told(async () => {
      await api.remove(zone, absolute(name), "A");
      await api.notify(zone);
    });
  }
}

/** A server that refuses or does not answer leaves this unmeasured; it is no fault of ours. */
async function told(change: () => Promise<void>): Promise<void> {
  await change().catch((cause: unknown) => {
    throw new PortError("floor", cause instanceof Error ? cause.message : String(cause), { cause });
  });
}
