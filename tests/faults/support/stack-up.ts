import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRunPorts } from "../../../cli/drill-ports.ts";
import { type ConfigChange, changeConfig } from "../../../drill/config-copy.ts";
import { createLease } from "../../../drill/lease.ts";
import type { PulumiUpResult } from "../../../drill/ports/engine.ts";
import type { Ports } from "../../../drill/ports.ts";
import { repository } from "../../lab/support/holdfast.ts";

/** The real ports, for what a test does beside any run. */
export function openPorts(): Promise<Ports> {
  return createRunPorts({
    repositoryRoot: repository,
    run: "test-faults",
    lease: ({ s3, clock, bucket }) =>
      createLease({
        s3,
        clock,
        bucket,
        run: "test-faults",
        operator: "test",
        host: "test",
        pid: process.pid,
        durationMs: 60_000,
        graceMs: 0,
        isAlive: () => true,
      }),
  });
}

export interface StackUp {
  readonly stack: string;
  readonly changes?: readonly ConfigChange[];
  readonly refresh?: boolean;
}

/** `pulumi up` of a changed copy of the committed stack file; a failed one is an error. */
export async function stackUp(ports: Ports, args: StackUp, signal: AbortSignal): Promise<void> {
  const result = await withConfig(ports, args, (configFile) =>
    ports.pulumi.up({
      stack: args.stack,
      configFile,
      message: "faults",
      refresh: args.refresh ?? false,
      onEvent: () => undefined,
      signal,
    }),
  );
  if (!result.ok) throw new Error(`up of ${args.stack}: ${result.error}`);
}

/** `pulumi preview` of such a copy, whatever comes of it. */
export function stackPreview(ports: Ports, args: StackUp, signal: AbortSignal): Promise<PulumiUpResult> {
  return withConfig(ports, args, (configFile) =>
    ports.pulumi.preview({ stack: args.stack, configFile, signal }),
  );
}

async function withConfig<T>(
  ports: Ports,
  { stack, changes = [] }: StackUp,
  work: (configFile: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-faults-"));
  try {
    const configFile = join(folder, `Pulumi.${stack}.yaml`);
    await writeFile(configFile, changeConfig(await ports.pulumi.committedConfig(stack), changes));
    return await work(configFile);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
