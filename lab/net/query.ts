import { Resolver } from "node:dns/promises";

/** Addresses of `name` by that one server; never by the machine's own resolver. */
export async function queryAddress(name: string, server: string): Promise<string[]> {
  return resolverAt(server).resolve4(name);
}

export async function querySerial(zone: string, server: string): Promise<number> {
  return (await resolverAt(server).resolveSoa(zone)).serial;
}

function resolverAt(server: string): Resolver {
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([server]);
  return resolver;
}
