import { createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { execInPod } from "../../drill/adapters/kube-exec.ts";
import { UserError } from "../../errors/user-error.ts";
import { removeCopy } from "./copy.ts";
import { copyContainer, copyPod } from "./manifests.ts";
import { type CopyRequest, type PlannedCopy, planCopy } from "./plan.ts";
import { bringUp, say, withInterrupt } from "./restore.ts";

export interface ExtractRequest extends CopyRequest {
  readonly table: string;
  readonly database: string;
  readonly output: string;
}

const cleanUpMs = 180_000;

/** One table as it was, out of a copy that is gone afterwards, whatever happened on the way. */
export async function extractTable(repositoryRoot: string, asked: ExtractRequest): Promise<number> {
  return withInterrupt(async (signal) => {
    const planned = await planCopy(repositoryRoot, asked, signal);
    try {
      await bringUp(planned, asked, say, signal);
      const bytes = await dump(planned, asked, signal);
      say(`${asked.output}: table ${asked.table} of ${asked.database}, ${bytes} bytes`);
      return 0;
    } finally {
      // The run's own signal may be what ended it: the copy is taken away under another one.
      say(`removing namespace ${asked.namespace}`);
      await removeCopy(planned.ports.kube(planned.site), asked.namespace, AbortSignal.timeout(cleanUpMs));
    }
  });
}

/** Streamed into a file beside, which gets its name when it is whole. */
async function dump(
  { plan, context, kubeconfig }: PlannedCopy,
  { table, database, output }: ExtractRequest,
  signal: AbortSignal,
): Promise<number> {
  const beside = `${output}.part`;
  const stdout = createWriteStream(beside, { mode: 0o600 });
  try {
    const result = await execInPod(
      { kubeconfig, context },
      { namespace: plan.namespace, pod: copyPod, container: copyContainer },
      ["pg_dump", `--dbname=${database}`, `--table=${table}`, "--no-password"],
      { signal, stdout },
    );
    stdout.end();
    await finished(stdout);
    if (result.exitCode !== 0)
      throw new UserError("RESTORE_REFUSED", {
        what: `pg_dump ended with ${result.exitCode}: ${result.stderr.trim().split("\n").slice(-3).join(" / ")}`,
        hint: "the table's name as in psql, with its schema; it must have been there at that time",
      });
    await rename(beside, output);
    return (await stat(output)).size;
  } finally {
    stdout.destroy();
    await rm(beside, { force: true });
  }
}
