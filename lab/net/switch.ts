import { mkdir, open, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { execa } from "execa";
import { UserError } from "../../errors/user-error.ts";
import { labRange, operatorAddress, routesToPods, segmentPrefix } from "./addresses.ts";
import { renderHostRules } from "./rules.ts";

/** The machine's own link into the lab. */
export const hostLink = "hf0";
/** The bridge inside the switch's namespace that every place hangs on. */
const bridge = "lab";

/**
 * The segment that joins the operator and the places: a bridge in a network namespace
 * of its own. Not on the host, because there the host's own packet filter (Docker's, say)
 * would see and drop bridged packets. The namespace has no process; a bind mount holds it.
 */
export async function ensureSwitch(file: string, siteRoot: string): Promise<void> {
  await ensureNamespace(file);
  await inSwitch(file, [
    "sh",
    "-ec",
    `ip link set lo up
     ip link show ${bridge} >/dev/null 2>&1 || ip link add ${bridge} type bridge forward_delay 0 stp_state 0 mcast_snooping 0
     ip link set ${bridge} up
     for f in arptables iptables ip6tables; do
       [ ! -e /proc/sys/net/bridge/bridge-nf-call-$f ] || echo 0 >/proc/sys/net/bridge/bridge-nf-call-$f
     done`,
  ]);
  await ensureHostLink(file);
  await nft(siteRoot, renderHostRules(hostLink));
}

/** Takes away the host's link, routes and rules, and the switch with everything in it. */
export async function removeSwitch(file: string, siteRoot: string | undefined): Promise<void> {
  await execa("ip", ["link", "delete", hostLink], { reject: false }); // its routes go with it
  if (siteRoot !== undefined) {
    await nft(siteRoot, "table inet holdfast\ndelete table inet holdfast\n");
  }
  while (await isNamespace(file)) await execa("umount", ["--lazy", file]);
  await rm(file, { force: true });
}

/** Refuses, before anything is made, a machine where our addresses already mean something. */
export async function refuseForeignRoutes(): Promise<void> {
  const { stdout } = await execa("ip", ["-json", "-4", "route", "show", "root", labRange, "table", "all"]);
  const routes = JSON.parse(stdout || "[]") as { dst?: string; dev?: string }[];
  const foreign = routes.find((route) => route.dst !== "default" && route.dev !== hostLink);
  if (foreign !== undefined) {
    throw new UserError("PREFLIGHT_REFUSED", {
      what: `the lab's addresses (${labRange}) already have a route on this machine`,
      got: `${foreign.dst} dev ${foreign.dev}`,
      hint: `remove that route, or run the lab on another machine: ip route show root ${labRange} table all`,
    });
  }
}

export function inSwitch(file: string, command: readonly string[]): Promise<unknown> {
  return execa("nsenter", [`--net=${file}`, ...command]);
}

async function ensureNamespace(file: string): Promise<void> {
  if (await isNamespace(file)) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, "");
  await execa("unshare", [`--net=${file}`, "true"]);
}

async function isNamespace(file: string): Promise<boolean> {
  const { stdout, exitCode } = await execa("stat", ["--file-system", "--format=%T", file], { reject: false });
  return exitCode === 0 && stdout.trim() === "nsfs";
}

async function ensureHostLink(file: string): Promise<void> {
  const peer = await execa("nsenter", [`--net=${file}`, "ip", "link", "show", "host"], { reject: false });
  const here = await execa("ip", ["link", "show", hostLink], { reject: false });
  if (peer.exitCode !== 0 || here.exitCode !== 0) {
    // One end alone is what an earlier lab's switch left.
    if (here.exitCode === 0) await execa("ip", ["link", "delete", hostLink]);
    await execa("ip", ["link", "add", hostLink, "type", "veth", "peer", "name", "host", "netns", file]);
  }
  await inSwitch(file, ["ip", "link", "set", "host", "master", bridge, "up"]);
  await disableIpv6(hostLink);
  await execa("ip", ["address", "replace", `${operatorAddress}/${segmentPrefix}`, "dev", hostLink]);
  await execa("ip", ["link", "set", hostLink, "up"]);
  for (const route of routesToPods())
    await execa("ip", ["route", "replace", route.to, "via", route.via, "dev", hostLink]);
}

/** Not every kernel has it, and without it there is nothing to switch off. */
async function disableIpv6(link: string): Promise<void> {
  const setting = await open(`/proc/sys/net/ipv6/conf/${link}/disable_ipv6`, "w").catch(() => undefined);
  await setting?.write("1");
  await setting?.close();
}

/** The site root's nft, for hosts that have none; it works on the caller's network namespace. */
async function nft(siteRoot: string, rules: string): Promise<void> {
  await execa("chroot", [siteRoot, "nft", "-f", "-"], { input: rules });
}
