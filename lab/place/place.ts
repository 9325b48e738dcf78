import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { PlaceLayout } from "../layout.ts";
import { type PlaceName, type Route, segmentPrefix } from "../net/addresses.ts";
import { HopelessError, until } from "../until.ts";
import { removeCgroups } from "./cgroups.ts";
import { childrenOf, environmentOf, isRunning, type ProcessIdentity } from "./processes.ts";

/** A place: processes in namespaces of their own that live and die together. */
export interface PlaceSpec {
  readonly name: PlaceName;
  /** The first one is what the place's own connections come from. */
  readonly addresses: readonly string[];
  readonly routes: readonly Route[];
  /** Passes on packets between its interfaces (a node does, for its pods). */
  readonly forwards: boolean;
  readonly siteRoot: string;
  /** Path inside -> path on the host; files and folders. */
  readonly binds: Readonly<Record<string, string>>;
  /** The same, for what the place may see but never change. */
  readonly readOnlyBinds: Readonly<Record<string, string>>;
  /** Path inside -> what the symbolic link says. */
  readonly links: Readonly<Record<string, string>>;
  /** Path below /etc/holdfast -> contents. */
  readonly files: Readonly<Record<string, string>>;
  /** Name of a part -> its start script. `NAME.once` is not started again after status 0. */
  readonly parts: Readonly<Record<string, string>>;
  /** Runs once before the parts. */
  readonly setup?: string;
}

const bootIdFile = "/proc/sys/kernel/random/boot_id";

/** The place's first process, if it lives. */
export async function firstProcess(layout: PlaceLayout): Promise<ProcessIdentity | undefined> {
  const text = await readFile(layout.pidFile, "utf8").catch(() => "");
  const [pid, startTime, bootId] = text.trim().split(" ");
  if (pid === undefined || startTime === undefined) return undefined;
  if (bootId !== (await readFile(bootIdFile, "utf8")).trim()) return undefined;
  const process = { pid: Number(pid), startTime };
  return (await isRunning(process)) ? process : undefined;
}

/** Starts the place's first process and waits until it has said who it is. Does nothing if it lives. */
export async function startPlace(
  spec: PlaceSpec,
  layout: PlaceLayout,
  switchNamespace: string,
): Promise<ProcessIdentity> {
  const living = await firstProcess(layout);
  if (living !== undefined) return living;
  await removeCgroups(spec.name);
  await writeConfiguration(spec, layout);
  await mkdir(layout.log, { recursive: true });
  const log = openSync(join(layout.log, "init.log"), "a");
  // Not execa: it has no way to let go of a child that outlives us.
  const child = spawn("unshare", [...unshareFlags, "sh", join(import.meta.dirname, "init.sh")], {
    detached: true, // its own session: Ctrl-C on the command does not reach it
    stdio: ["ignore", log, log],
    env: environment(spec, layout, switchNamespace),
  });
  child.unref();
  closeSync(log);
  await until(
    `${spec.name}: first process`,
    async () => {
      if ((await firstProcess(layout)) !== undefined) return undefined;
      // 75: another one holds the lock (an interrupted command started it) and is about to say its pid.
      if (child.exitCode !== null && child.exitCode !== 75)
        throw new HopelessError(
          `${spec.name}: its first process ended with ${child.exitCode}; see ${layout.log}/init.log`,
        );
      return "not there";
    },
    { timeout: "firstProcess", everyMs: 20 },
  );
  const started = await firstProcess(layout);
  if (started === undefined)
    throw new Error(`${spec.name}: first process ended; see ${join(layout.log, "init.log")}`);
  return started;
}

/** The loss of a data centre: one SIGKILL takes every process, mount and route of the place. */
export async function killPlace(name: PlaceName, layout: PlaceLayout): Promise<boolean> {
  const living = await firstProcess(layout);
  if (living === undefined) return false;
  process.kill(living.pid, "SIGKILL");
  await until(
    `${name}: gone`,
    async () => ((await isRunning(living)) ? `process ${living.pid} is still there` : undefined),
    { timeout: "placeGone", everyMs: 20 },
  );
  return true;
}

/** Pid, as the host sees it, of each part that runs now. */
export async function partProcesses(first: ProcessIdentity): Promise<ReadonlyMap<string, number>> {
  const parts = new Map<string, number>();
  for (const supervisor of await childrenOf(first.pid)) {
    for (const pid of await childrenOf(supervisor)) {
      const name = (await environmentOf(pid)).get("HOLDFAST_PART");
      if (name !== undefined) parts.set(name, pid);
    }
  }
  return parts;
}

/** Words to put before a command so that it runs inside the place, on the place's own file system. */
export function insidePlace(first: ProcessIdentity): readonly string[] {
  return [
    "nsenter",
    `--target=${first.pid}`,
    "--mount",
    "--net",
    "--pid",
    "--uts",
    "--ipc",
    "--root",
    "--wd=/",
  ];
}

/** As insidePlace, but on the host's file system: for programs that are not in the site root. */
export function insideNetworkOf(first: ProcessIdentity): readonly string[] {
  return ["nsenter", `--target=${first.pid}`, "--net", "--pid"];
}

const unshareFlags = [
  "--fork",
  "--pid",
  "--mount",
  "--net",
  "--uts",
  "--ipc",
  "--propagation=private",
  "--kill-child=SIGKILL",
];

function environment(spec: PlaceSpec, layout: PlaceLayout, switchNamespace: string): Record<string, string> {
  const pairs = (record: Readonly<Record<string, string>>, swap: boolean): string =>
    Object.entries(record)
      .map(([key, value]) => (swap ? `${value}=${key}` : `${key}=${value}`))
      .join(" ");
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    PLACE: spec.name,
    PLACE_DIR: layout.root,
    SWITCH: switchNamespace,
    LOWER: spec.siteRoot,
    ADDRESSES: spec.addresses.join(" "),
    PREFIX: String(segmentPrefix),
    ROUTES: spec.routes.map((route) => `${route.to}=${route.via}`).join(" "),
    // Parents before children, so that /etc/holdfast/pki lies on top of /etc/holdfast.
    BINDS: pairs(
      Object.fromEntries(Object.entries(allBinds(spec, layout)).sort(([a], [b]) => (a < b ? -1 : 1))),
      true,
    ),
    READ_ONLY: Object.keys(spec.readOnlyBinds).join(" "),
    LINKS: pairs(spec.links, false),
    FORWARD: spec.forwards ? "1" : "0",
  };
}

function allBinds(spec: PlaceSpec, layout: PlaceLayout): Record<string, string> {
  return {
    "/etc/holdfast": layout.etc,
    "/var/log/holdfast": layout.log,
    ...spec.binds,
    ...spec.readOnlyBinds,
  };
}

/** Written anew at each start and put in place by rename: nothing of an older version stays. */
async function writeConfiguration(spec: PlaceSpec, layout: PlaceLayout): Promise<void> {
  const fresh = `${layout.etc}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true });
  const supervisor = await readFile(join(import.meta.dirname, "supervise.sh"), "utf8");
  const scripts: (readonly [string, string])[] = [
    ...Object.entries(spec.parts).map(([name, body]) => [`parts/${name}`, body] as const),
    ...(spec.setup === undefined ? [] : [["setup", spec.setup] as const]),
  ];
  const all = [
    ["supervise.sh", supervisor, 0o755] as const,
    ...Object.entries(spec.files).map(([path, body]) => [path, body, 0o600] as const),
    ...scripts.map(([path, body]) => [path, `#!/bin/sh\nset -eu\n${body}`, 0o755] as const),
  ];
  for (const [path, body, mode] of all) {
    await mkdir(dirname(join(fresh, path)), { recursive: true });
    await writeFile(join(fresh, path), body, { mode });
  }
  await rm(layout.etc, { recursive: true, force: true });
  await rename(fresh, layout.etc);
}
