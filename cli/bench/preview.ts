import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parseDocument } from "yaml";
import { z } from "zod";
import { median } from "../../bench/statistics.ts";
import { UserError } from "../../errors/user-error.ts";
import { labEnvironmentHere } from "../lab-here.ts";

/** The size of stack that a reviewer's patience is judged by. */
export const previewTarget = { resources: 100, kubernetes: 80, seconds: 5, repetitions: 5 } as const;
/** Copies of the lab's own small service: what a business with more services than ours adds to its stack file. */
const copies = 6;
const copied = "opening-hours";
const stack = "primary";

export interface PreviewResult {
  readonly resources: number;
  readonly kubernetes: number;
  readonly seconds: readonly number[];
  readonly medianSeconds: number;
  readonly met: boolean;
}

/**
 * Times an unchanged `pulumi preview` of primary's stack, deployed with more services than the lab has, and deploys
 * the committed file again.
 *
 * @throws UserError where primary's stack is not deployed; Error where the preview shows a change
 */
export async function benchPreview(
  repositoryRoot: string,
  say: (line: string) => void,
): Promise<PreviewResult> {
  const env = { ...(await labEnvironmentHere()) };
  const committed = join(repositoryRoot, `Pulumi.${stack}.yaml`);
  const pulumi = (...args: readonly string[]) =>
    execa("pulumi", [...args, "--stack", stack, "--non-interactive"], { cwd: repositoryRoot, env });
  const deployed = await counts(pulumi);
  if (deployed.resources === 0)
    throw new UserError("PREFLIGHT_REFUSED", {
      what: "a preview is timed on a deployed stack",
      got: `stack ${stack} has no resources`,
      hint: "holdfast drill deploys it, or: pulumi up --stack offsite; pulumi up --stack primary",
    });
  const folder = await mkdtemp(join(tmpdir(), "holdfast-preview-"));
  try {
    const file = join(folder, `Pulumi.${stack}.yaml`);
    await writeFile(file, withCopies(await readFile(committed, "utf8")));
    say(`up of ${stack} with ${copies} services more (${deployed.resources} resources without them)`);
    await pulumi("up", "--yes", "--skip-preview", "--config-file", file);
    const { resources, kubernetes } = await counts(pulumi);
    say(`${resources} resources, ${kubernetes} of them in Kubernetes`);
    const seconds: number[] = [];
    while (seconds.length < previewTarget.repetitions) {
      const began = performance.now();
      await pulumi("preview", "--expect-no-changes", "--config-file", file);
      seconds.push((performance.now() - began) / 1000);
      say(`preview ${seconds.length}: ${seconds.at(-1)?.toFixed(2)} s, no change`);
    }
    const medianSeconds = median(seconds) ?? Number.POSITIVE_INFINITY;
    const large = resources >= previewTarget.resources && kubernetes >= previewTarget.kubernetes;
    return {
      resources,
      kubernetes,
      seconds,
      medianSeconds,
      met: large && medianSeconds <= previewTarget.seconds,
    };
  } finally {
    say(`up of ${stack} as committed`);
    await pulumi("up", "--yes", "--skip-preview", "--config-file", committed);
    await rm(folder, { recursive: true, force: true });
  }
}

function withCopies(text: string): string {
  const document = parseDocument(text);
  const services = ["config", "holdfast:services"];
  const one = z.record(z.string(), z.unknown()).parse(document.toJS().config["holdfast:services"][copied]);
  const { route: _, keyFunctions: __, ...rest } = one;
  for (let number = 1; number <= copies; number += 1)
    document.setIn([...services, `${copied}-${number}`], document.createNode(rest));
  return document.toString({ lineWidth: 0 });
}

const exportSchema = z.object({
  deployment: z.object({ resources: z.array(z.object({ type: z.string() })).optional() }),
});

async function counts(
  pulumi: (...args: readonly string[]) => PromiseLike<{ readonly stdout: string }>,
): Promise<{ readonly resources: number; readonly kubernetes: number }> {
  const { stdout } = await pulumi("stack", "export");
  const types = (exportSchema.parse(JSON.parse(stdout)).deployment.resources ?? []).map(({ type }) => type);
  return {
    resources: types.length,
    kubernetes: types.filter((type) => type.startsWith("kubernetes:")).length,
  };
}
