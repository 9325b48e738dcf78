import { Resolver } from "node:dns/promises";

/** What can be asked of one authoritative name server, to see what it really serves. */
export interface NameServer {
  readonly address: string;
  /** The zone's serial, or `undefined` when the server does not answer for the zone. */
  serial(zone: string): Promise<number | undefined>;
  /** The addresses of one answer; empty when there is none. */
  addresses(name: string): Promise<readonly string[]>;
}

/** Asks `address` (`198.18.0.53` or `198.18.0.53:5353`) directly, never the machine's own resolver. */
export function askNameServer(address: string): NameServer {
  const resolver = new Resolver({ timeout: 1_000, tries: 1 });
  resolver.setServers([address]);
  const name = (text: string): string => text.replace(/\.$/u, "");
  return {
    address,
    serial: (zone) =>
      resolver.resolveSoa(name(zone)).then(
        (soa) => soa.serial,
        () => undefined,
      ),
    addresses: (host) => resolver.resolve4(name(host)).catch(() => []),
  };
}
