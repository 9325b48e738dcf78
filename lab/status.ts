import type { LabLayout } from "./layout.ts";
import { isSite, type PlaceName, placeNames, siteNetworks, thirdAddresses } from "./net/addresses.ts";
import { firstProcess, partProcesses } from "./place/place.ts";
import { familyOf, proportionalBytes, residentBytes } from "./place/processes.ts";
import { siteProbes } from "./site/health.ts";
import { sitePartNames } from "./site/parts.ts";
import { thirdProbes } from "./third/health.ts";
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

export interface PlaceStatus {
  readonly place: PlaceName;
  readonly running: boolean;
  readonly pid: number | null;
  /** Parts and pods; shared pages counted once. */
  readonly memoryBytes: number;
  readonly parts: readonly PartStatus[];
}

export interface LabStatus {
  readonly healthy: boolean;
  readonly memoryBytes: number;
  readonly places: readonly PlaceStatus[];
}

export async function status(layout: LabLayout): Promise<LabStatus> {
  const places = await Promise.all(placeNames.map((name) => placeStatus(name, layout)));
  return {
    healthy: places.every(({ parts }) => parts.every(({ state }) => state === "ok")),
    memoryBytes: places.reduce((sum, place) => sum + place.memoryBytes, 0),
    places,
  };
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
  return {
    place,
    running: first !== undefined,
    pid: first?.pid ?? null,
    memoryBytes: memory.reduce((sum, bytes) => sum + bytes, 0),
    parts: await Promise.all(parts),
  };
}

function addressOf(place: PlaceName, part: string): string {
  if (isSite(place)) return siteNetworks[place].node;
  return (thirdAddresses as Readonly<Record<string, string>>)[part] ?? "";
}

/** A table for people. */
export function renderStatus(found: LabStatus): string {
  const mib = (bytes: number): string => (bytes === 0 ? "-" : `${Math.round(bytes / 1024 ** 2)} MiB`);
  const rows = [
    ["place", "part", "address", "state", "pid", "resident"],
    ...found.places.flatMap(({ place, parts, running, memoryBytes, pid }) => [
      ...parts.map((part) => [
        place,
        part.part,
        part.address,
        brief(part.state),
        String(part.pid ?? "-"),
        mib(part.residentBytes),
      ]),
      [place, "(all, pods too)", "", running ? "" : "down", String(pid ?? "-"), mib(memoryBytes)],
    ]),
    ["lab", "", "", found.healthy ? "healthy" : "not healthy", "", mib(found.memoryBytes)],
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return `${rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n")}\n`;
}

/** One line of a table; --json has all of it. */
function brief(state: string): string {
  const line = state.split("\n")[0] ?? "";
  return line.length <= 60 ? line : `${line.slice(0, 57)}...`;
}
