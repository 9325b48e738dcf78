import { readFile, rename, writeFile } from "node:fs/promises";
import { UserError } from "../errors/user-error.ts";
import type { LabLayout } from "./layout.ts";
import { type PlaceName, placeNames, siteNetworks, thirdAddresses } from "./net/addresses.ts";
import { firstProcess } from "./place/place.ts";
import type { StandIn } from "./standins/install.ts";

/** lab.json: what runs. Written last, so that its presence says that everything before it is there. */
export interface LabRecord {
  readonly schemaVersion: 1;
  readonly writtenAt: string;
  readonly places: Readonly<Partial<Record<PlaceName, PlaceRecord>>>;
  /** Cache keys by name. */
  readonly artefacts: Readonly<Record<string, string>>;
  /** Parts of Pulumi that are not the official ones; reports list them. */
  readonly standIns: readonly StandIn[];
}

export interface PlaceRecord {
  /** Of the place's first process, as the host sees it. */
  readonly pid: number;
  readonly startTime: string;
  readonly addresses: readonly string[];
}

export async function writeRecord(
  layout: LabLayout,
  origin: Pick<LabRecord, "artefacts" | "standIns">,
): Promise<LabRecord> {
  const places: Partial<Record<PlaceName, PlaceRecord>> = {};
  for (const name of placeNames) {
    const first = await firstProcess(layout.place(name));
    if (first !== undefined) places[name] = { ...first, addresses: addressesOf(name) };
  }
  const record: LabRecord = { schemaVersion: 1, writtenAt: new Date().toISOString(), places, ...origin };
  await writeFile(`${layout.record}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${layout.record}.new`, layout.record);
  return record;
}

export async function readRecord(layout: LabLayout): Promise<LabRecord> {
  const text = await readFile(layout.record, "utf8").catch((cause: unknown) => {
    throw new UserError("LAB_NOT_RUNNING", {
      what: "the lab is not running",
      got: `no ${layout.record}`,
      cause,
    });
  });
  return JSON.parse(text) as LabRecord;
}

export function addressesOf(name: PlaceName): readonly string[] {
  return name === "third" ? Object.values(thirdAddresses) : [siteNetworks[name].node];
}
