import { Resolver } from "node:dns/promises";
import type { DnsAnswer, DnsPort, DnsServer } from "../ports/names.ts";

const timeoutMs = 2000;

export function createDnsPort(args: {
  readonly authoritatives: readonly DnsServer[];
  readonly resolvers: readonly DnsServer[];
  readonly names: readonly string[];
}): DnsPort {
  return {
    ...args,
    query: async (server, name, signal) => {
      signal.throwIfAborted();
      const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
      resolver.setServers([server.address]);
      const cancel = (): void => resolver.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      // c-ares counts its timeout for each try and server; this one is for the question as a whole.
      const timer = setTimeout(cancel, timeoutMs);
      try {
        const records = await resolver.resolve4(name, { ttl: true });
        const ttls = records.map((record) => record.ttl);
        const addresses = records.map((record) => record.address);
        return {
          ok: true,
          rcode: "NOERROR",
          addresses,
          ttlSeconds: ttls.length === 0 ? null : Math.min(...ttls),
        };
      } catch (error) {
        signal.throwIfAborted();
        return refusal(error);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", cancel);
      }
    },
  };
}

/** What node's resolver calls an answer that has no addresses. */
const rcodes: Readonly<Record<string, string>> = {
  ENOTFOUND: "NXDOMAIN",
  ENODATA: "NOERROR",
  ESERVFAIL: "SERVFAIL",
  EREFUSED: "REFUSED",
  ENOTIMP: "NOTIMP",
  EFORMERR: "FORMERR",
  ETIMEOUT: "TIMEOUT",
  ECANCELLED: "TIMEOUT",
  ECONNREFUSED: "UNREACHABLE",
};

export function refusal(error: unknown): DnsAnswer {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const rcode = rcodes[code];
  if (rcode === undefined) throw error;
  return { ok: false, rcode, addresses: [], ttlSeconds: null };
}
