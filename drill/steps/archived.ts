import type { Archived } from "../../contract/archived.ts";
import { PortError } from "../ports/port-error.ts";
import type { StepContext } from "../step.ts";
import { segmentOfKey } from "../wal.ts";

type StoredSegment = Archived["segments"][number];

/** What of the archive's past is kept: so long before the loss. */
const pastMs = 3_600_000;

/** Every segment of the epoch in the offsite bucket, in the order of the positions, by listing names. */
export async function archivedSegments(
  context: StepContext,
  epoch: number,
): Promise<readonly StoredSegment[]> {
  const offsite = context.need("drContract").backup?.repositories.find(({ kind }) => kind === "offsite");
  if (offsite === undefined) return [];
  const objects = await context.ports.s3.list(offsite.bucket, `epochs/${epoch}/archive/`, context.signal);
  return objects
    .flatMap(({ key, lastModifiedMs }) => {
      const segment = segmentOfKey(key);
      return segment === null ? [] : [{ segment, storedAtMs: lastModifiedMs }];
    })
    .sort((a, b) => (a.segment.slice(8) < b.segment.slice(8) ? -1 : 1));
}

/** Evidence that nothing is judged by: where the bucket cannot be listed the report has one picture less. */
export async function noteArchived(context: StepContext): Promise<void> {
  const loss = context.peek("loss");
  if (loss === null) return;
  const epoch = context.need("epochBefore");
  try {
    const all = await archivedSegments(context, epoch);
    const from = all.findLastIndex(({ storedAtMs }) => storedAtMs < loss.atMs - pastMs);
    const archived: Archived = { schemaVersion: 1, epoch, segments: all.slice(Math.max(0, from)) };
    context.evidence("archived.json", `${JSON.stringify(archived)}\n`);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    context.progress("archived", `when segments were stored is not known: ${error.message}`);
  }
}
