// That nothing of the lab reaches beyond this machine, and that the third place answers to its published
// ports only. Does not prove anything about the machine's own programs, or about IPv6 beyond its absence.
import { readlink } from "node:fs/promises";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { siteRootLink } from "../../lab/context.ts";
import { labRange, placeNames, siteNames, siteNetworks, thirdAddresses } from "../../lab/net/addresses.ts";
import { thirdOpenings } from "../../lab/net/rules.ts";
import { hostLink } from "../../lab/net/switch.ts";
import { knock, layout, runAt } from "./support/places.ts";

/** RFC 5737: an address that is nobody's, so that a leak would harm nobody. */
const outside = "192.0.2.1";
const beyond = [
  { protocol: "tcp", address: outside, port: 443 },
  { protocol: "udp", address: outside, port: 53 },
] as const;

describe("the way out", () => {
  test.each(placeNames)("%s has no route to anywhere but the lab", async (place) => {
    const routes = JSON.parse(await runAt(place, ["ip", "-json", "route", "show", "table", "all"])) as {
      dst: string;
      type?: string;
    }[];
    const strangers = routes
      .map(({ dst }) => dst)
      .filter((dst) => !/^(198\.1[89]\.|127\.|::1|fe80:|ff00:|multicast)/.test(dst));
    expect(strangers).toEqual([]);
    expect(await knock(place, beyond)).toEqual(["ENETUNREACH", "ENETUNREACH"]);
  });

  test("a place that is given a route out is stopped by the machine", async () => {
    const { read, remove } = await countLeaks();
    const route = ["192.0.2.0/24", "via", "198.18.0.1"];
    try {
      await runAt("dr", ["ip", "route", "add", ...route]);
      const [tcp] = await knock("dr", beyond);
      // Silence where the machine forwards for others or for nobody, a refusal where it knows no way itself.
      expect(["silent", "ENETUNREACH", "EHOSTUNREACH"]).toContain(tcp);
      const { leaked, sent } = await read();
      expect(sent, "packets that came from dr on their way out").toBeGreaterThanOrEqual(2);
      expect(leaked, "packets from the lab that left by another link").toBe(0);
    } finally {
      await runAt("dr", ["ip", "route", "delete", ...route]);
      await remove();
    }
  });
});

describe("the third place", () => {
  test.each(["operator", ...siteNames] as const)("answers %s on its published ports only", async (origin) => {
    const listening = await listeners();
    expect(listening.length, "ports that something listens on in the third place").toBeGreaterThan(8);
    const addresses = Object.values(thirdAddresses);
    const targets = addresses.flatMap((address) =>
      listening.map((port) => ({ protocol: "tcp" as const, address, port })),
    );
    const words = await knock(origin, targets);
    const open = targets.filter((_, index) => words[index] === "open").map(nameOf);
    const source = origin === "operator" ? "198.18.0.1" : siteNetworks[origin].node;
    const published = thirdOpenings
      .filter(({ protocol, from }) => protocol === "tcp" && (from === undefined || from === source))
      .map(nameOf);
    expect(open.sort()).toEqual(published.sort());
  });
});

function nameOf({ address, port }: { address: string; port: number }): string {
  return `${address}:${port}`;
}

/** Every TCP port with a listener in the third place, on whatever address. */
async function listeners(): Promise<number[]> {
  const table = await runAt("third", ["sh", "-c", "cat /proc/self/net/tcp"]);
  const rows = table.split("\n").map((line) => line.trim().split(/\s+/));
  const ports = rows
    .filter((row) => row[3] === "0A")
    .map((row) => Number.parseInt(row[1]?.split(":")[1] ?? "", 16));
  return [...new Set(ports)];
}

/** Counters on the machine itself: what the lab's link brings for outside, and what goes on by another link. */
async function countLeaks(): Promise<{
  read: () => Promise<{ sent: number; leaked: number }>;
  remove: () => Promise<void>;
}> {
  const siteRoot = await readlink(siteRootLink(layout));
  const nft = (input: string) => execa("chroot", [siteRoot, "nft", "-f", "-"], { input });
  const table = "table inet holdfast-test";
  await nft(`${table} {
    chain arriving { type filter hook prerouting priority raw; iifname ${hostLink} ip daddr ${outside} counter; }
    chain leaving { type filter hook postrouting priority 300; oifname != { ${hostLink}, lo } ip saddr ${labRange} counter; }
  }`);
  const counted = async (chain: string): Promise<number> => {
    const { stdout } = await execa("chroot", [
      siteRoot,
      "nft",
      "list",
      "chain",
      "inet",
      "holdfast-test",
      chain,
    ]);
    return Number(/counter packets (\d+)/.exec(stdout)?.[1]);
  };
  return {
    read: async () => ({ sent: await counted("arriving"), leaked: await counted("leaving") }),
    remove: async () => {
      await nft(`delete ${table}`);
    },
  };
}
