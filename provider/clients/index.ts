import type { NameServer } from "./name-server.ts";
import type { ObjectStore } from "./object-store.ts";
import type { DnsServer } from "./powerdns.ts";

/** Everything a handler may call; either service is missing when the provider has no settings for it. */
export interface Clients {
  readonly store?: ObjectStore;
  readonly dns?: DnsServer;
  readonly nameServer: (address: string) => NameServer;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
}
