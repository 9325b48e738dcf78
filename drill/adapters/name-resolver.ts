import { Resolver } from "node:dns/promises";
import type { NameResolver } from "../prober/ports.ts";
import { proberTimeouts } from "../prober/settings.ts";

/**
 * Asks the given servers, with a resolver of its own each time: nothing is remembered
 * between two questions but what those servers remember. Never `dns.lookup`, which
 * reads the host's files.
 */
export function createNameResolver(servers: readonly string[]): NameResolver {
  return {
    resolve: async (name, signal) => {
      signal.throwIfAborted();
      const resolver = new Resolver({ timeout: proberTimeouts.dnsMs, tries: 1 });
      resolver.setServers(servers);
      const cancel = (): void => resolver.cancel();
      signal.addEventListener("abort", cancel, { once: true });
      try {
        return await resolver.resolve4(name);
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      } finally {
        signal.removeEventListener("abort", cancel);
      }
    },
  };
}
