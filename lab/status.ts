import { access } from "node:fs/promises";
import type { LabLayout } from "./layout.ts";
import { isSite, type PlaceName, placeNames, siteNetworks, thirdAddresses } from "./net/addresses.ts";
import { firstProcess, partProcesses } from "./place/place.ts";
import { familyOf, proportionalBytes, residentBytes } from "./place/processes.ts";
import { siteProbes } from "./site/health.ts";
import { sitePartNames } from "./site/parts.ts";
import { thirdProbes } from "./third/health.ts";
import { prometheusEndpoint } from "./third/prometheus.ts";
import { thirdPartNames } from "./third/third.ts";

export interface PartStatus {
  readonly place: PlaceName;
  readonly part: string;
  readonly address: string;
  /** "ok", "down" (no process), or what is wrong with it. */
  readonly state: string;
  readonly pid: number | null;
  readonly residentBytes: number;
}

/** "dead": not one process of it is left, as after the loss of a data centre. */
export type PlaceState = "healthy" | "ailing" | "dead";

export interface PlaceStatus {
  readonly place: PlaceName;
  readonly state: PlaceState;
  readonly running: boolean;
  readonly pid: number | null;
  /** Parts and pods; shared pages counted once. */
  readonly memoryBytes: number;
  readonly parts: readonly PartStatus[];
}

export interface LabStatus {
  readonly healthy: boolean;
  /** False before `lab up` has ended and after `lab down` has begun. */
  readonly up: boolean;
  /** What a person should know and do, a line each; empty when all is well. */
  readonly advice: readonly string[];
  readonly memoryBytes: number;
  readonly places: readonly PlaceStatus[];
}

export async function status(layout: LabLayout): Promise<LabStatus> {
  const up = await access(layout.record).then(
    () => true,
    () => false,
  );
  const places = await Promise.all(placeNames.map((name) => placeStatus(name, layout)));
  return {
    healthy: up && places.every(({ state }) => state === "healthy"),
    up,
    advice: adviceOn(up, places),
    memoryBytes: places.reduce((sum, place) => sum + place.memoryBytes, 0),
    places,
  };
}

export function adviceOn(up: boolean, places: readonly Pick<PlaceStatus, "place" | "state">[]): string[] {
  if (places.every(({ state }) => state === "dead"))
    return ["nothing of the lab runs; start it: ./holdfast lab up"];
  const advice = places.flatMap(({ place, state }) => {
    if (state === "healthy") return [];
    if (state === "ailing") return [`${place} is not well: its parts' logs lie in log/${place}/`];
    const again = `./holdfast lab restart ${place}`;
    return [`${place} is dead: bring it back with ${again}, or as a new and empty one with ${again} --fresh`];
  });
  return up ? advice : ["the lab was not brought up to the end; ./holdfast lab up goes on", ...advice];
}

async function placeStatus(place: PlaceName, layout: LabLayout): Promise<PlaceStatus> {
  const first = await firstProcess(layout.place(place));
  const processes = first === undefined ? new Map<string, number>() : await partProcesses(first);
  const probes: Readonly<Record<string, () => Promise<string | undefined>>> = isSite(place)
    ? siteProbes(place, layout)
    : thirdProbes(layout);
  const names: readonly string[] = isSite(place) ? sitePartNames : thirdPartNames;
  const parts = names.map(async (part): Promise<PartStatus> => {
    const pid = processes.get(part) ?? null;
    const probe = probes[part];
    const state = pid === null || probe === undefined ? "down" : ((await probe().catch(String)) ?? "ok");
    return {
      place,
      part,
      address: addressOf(place, part),
      state,
      pid,
      residentBytes: pid === null ? 0 : await residentBytes(pid),
    };
  });
  const family = first === undefined ? [] : await familyOf(first.pid);
  const memory = await Promise.all(family.map(proportionalBytes));
  const found = await Promise.all(parts);
  return {
    place,
    state: first === undefined ? "dead" : found.every(({ state }) => state === "ok") ? "healthy" : "ailing",
    running: first !== undefined,
    pid: first?.pid ?? null,
    memoryBytes: memory.reduce((sum, bytes) => sum + bytes, 0),
    parts: found,
  };
}

function addressOf(place: PlaceName, part: string): string {
  if (isSite(place)) return siteNetworks[place].node;
  if (part === "prometheus") return prometheusEndpoint;
  return (thirdAddresses as Readonly<Record<string, string>>)[part] ?? "";
}

/** A table for people. */
export function renderStatus(found: LabStatus): string {
  const mib = (bytes: number): string => (bytes === 0 ? "-" : `${Math.round(bytes / 1024 ** 2)} MiB`);
  const rows = [
    ["place", "part", "address", "state", "pid", "resident"],
    ...found.places.flatMap(({ place, parts, state, memoryBytes, pid }) => [
      // A dead place has no parts to tell apart.
      ...(state === "dead" ? [] : parts).map((part) => [
        place,
        part.part,
        part.address,
        brief(part.state),
        String(part.pid ?? "-"),
        mib(part.residentBytes),
      ]),
      [place, "(all, pods too)", "", state, String(pid ?? "-"), mib(memoryBytes)],
    ]),
    ["lab", "", "", found.healthy ? "healthy" : "not healthy", "", mib(found.memoryBytes)],
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${[...lines, ...found.advice].join("\n")}\n`;
}

/** One line of a table; --json has all of it. */
function brief(state: string): string {
  const line = state.split("\n")[0] ?? "";
  return line.length <= 60 ? line : `${line.slice(0, 57)}...`;
}
