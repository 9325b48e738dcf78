import type { BackupSetInfo, RepositoryPort } from "../../../drill/ports/repository.ts";
import type { WorldState } from "./state.ts";

export const systemIdentifier = "7400000000000000001";

/** Number of the newest segment that the primary archived. */
export const lastSegment = 40;
const segmentBytes = 0x1000000;

export const segment = (number: number): string =>
  `00000001000000000000${number.toString(16).toUpperCase().padStart(4, "0")}`;

/** Where a segment starts. */
export const lsnOf = (number: number): string => `0/${(segmentBytes * number).toString(16).toUpperCase()}`;

export const walObject = (epoch: number, number: number): string =>
  `epochs/${epoch}/archive/main/18-1/0000000100000000/${segment(number)}-${"0".repeat(40)}.zst`;

/** Where a test has one missing: recovery stops before it. */
export const missingSegment = lastSegment - 3;

/** The repository in the third place: sets that jobs make, and WAL beside them. */
export function createFakeRepository(state: WorldState) {
  const { clock, faults, s3 } = state;
  const sets = new Map<number, BackupSetInfo[]>();

  function archive(epoch: number): void {
    for (let number = 1; number <= lastSegment; number += 1)
      if (!(faults.segmentMissing && number === missingSegment)) s3.put(walObject(epoch, number), "wal");
    s3.put(`epochs/${epoch}/backup/main/backup.info`, "info");
  }

  function addSet(type: BackupSetInfo["type"]): void {
    const { epoch } = state.epoch;
    const list = sets.get(epoch) ?? [];
    const full = list.find((set) => set.type === "full");
    list.push({
      label: `2026010${list.length + 1}-090000${type === "full" ? "F" : `F_${type}`}`,
      type,
      startedAtMs: clock.now(),
      stoppedAtMs: clock.now(),
      lsnStart: lsnOf(list.length + 1),
      lsnStop: "0/9",
      walStart: segment(10),
      walStop: segment(10),
      repositoryBytes: 1e8,
      databaseBytes: 1.6e9,
      error: false,
      references: full === undefined ? [] : [full.label],
    });
    sets.set(epoch, list);
    archive(epoch);
  }

  const port: RepositoryPort = {
    async info({ epoch }) {
      return {
        status: { code: 0, message: "ok" },
        systemIdentifier,
        sets: [...(sets.get(epoch) ?? [])],
        archive: { min: segment(1), max: segment(lastSegment) },
      };
    },
    newestSegment: async () => ({ segment: segment(lastSegment), storedAtMs: clock.now() }),
    storedSets: async () => faults.storedSets ?? [],
  };
  return { addSet, port };
}
