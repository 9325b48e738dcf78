// Of the stand-ins for Pulumi's plugins: the lab's alone.
import { readFileSync } from "node:fs";
import { type DnsServer, PowerDns } from "../../provider/clients/powerdns.ts";
import { absolute, isInZone } from "../../provider/resources/dns-types.ts";
import { formatWeighted, type WeightedTarget } from "../../provider/resources/lua.ts";

export interface MirrorAnswer {
  readonly ttl: number;
  /** None when the name is to have no answer. */
  readonly targets: readonly WeightedTarget[];
}

/** The lab's name servers, told what the service that a stand-in plays would answer. */
export interface Mirror {
  /**
   * Lets `name` answer as `read` says. One after the other, each asking what the service has by then: changes that the
   * engine makes at once would otherwise overwrite each other with what they saw before.
   */
  answer(name: string, read: () => Promise<MirrorAnswer>): Promise<void>;
}

/**
 * The lab's PowerDNS, by environment, because a program for the real service says nothing of it:
 * `HOLDFAST_MIRROR_POWERDNS` is its API's URL, `HOLDFAST_MIRROR_POWERDNS_KEY` a file with its key, and
 * `HOLDFAST_MIRROR_ZONE` the zone with its name servers, apart by spaces; the zone is made when it is not there.
 */
export function mirrorFromEnv(env: NodeJS.ProcessEnv): Mirror | undefined {
  const { HOLDFAST_MIRROR_POWERDNS: endpoint = "", HOLDFAST_MIRROR_POWERDNS_KEY: keyFile } = env;
  if (endpoint === "") return undefined;
  const [zone, ...nameservers] = (env.HOLDFAST_MIRROR_ZONE ?? "").split(" ");
  if (keyFile === undefined || zone === undefined || nameservers.length === 0) {
    throw new Error(
      "HOLDFAST_MIRROR_POWERDNS is set, and HOLDFAST_MIRROR_POWERDNS_KEY (a file) or HOLDFAST_MIRROR_ZONE (a zone and its name servers) is not",
    );
  }
  const apiKey = readFileSync(keyFile, "utf8").trim();
  return makeMirror(new PowerDns({ endpoint, apiKey }), absolute(zone), nameservers.map(absolute));
}

export function makeMirror(dns: DnsServer, zone: string, nameservers: readonly string[]): Mirror {
  let queue: Promise<void> = Promise.resolve();
  const write = async (name: string, read: () => Promise<MirrorAnswer>): Promise<void> => {
    if (!isInZone(name, zone))
      throw new Error(`${name} does not lie in ${zone}, which the lab's name servers have`);
    const { ttl, targets } = await read();
    const found = await dns.getZone(zone);
    if (found === undefined) await dns.createZone(zone, newZone(zone, nameservers));
    const hasRecord =
      found?.recordSets.some((set) => set.name === absolute(name) && set.type === "LUA") === true;
    if (targets.length > 0) {
      const contents = [formatWeighted(targets)];
      await dns.replace(zone, { name: absolute(name), type: "LUA", ttl, contents });
    } else if (hasRecord) await dns.remove(zone, absolute(name), "LUA");
    await dns.notify(zone);
  };
  return {
    answer(name, read) {
      const done = queue.then(() => write(name, read));
      // The next one waits for the end of this one, good or bad; who asked for this one hears of it.
      queue = done.catch(() => undefined);
      return done;
    },
  };
}

/** The times are the lab's: short, so that a secondary that missed a notice does not stay behind for long. */
function newZone(zone: string, nameservers: readonly string[]): Parameters<DnsServer["createZone"]>[1] {
  const soa = `${nameservers[0]} hostmaster.${zone} 1 60 30 604800 5`;
  return {
    kind: "Master",
    recordSets: [
      { name: zone, type: "NS", ttl: 300, contents: nameservers },
      { name: zone, type: "SOA", ttl: 300, contents: [soa] },
    ],
  };
}
