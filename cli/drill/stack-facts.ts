import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { parseDuration } from "../../config/duration.ts";
import { maskSecrets } from "../../drill/config-copy.ts";
import { UserError } from "../../errors/user-error.ts";

const stacks = ["offsite", "primary", "dr"] as const;

const duration = z.string().transform((text, context) => {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  context.addIssue({ code: "custom", message: `not a duration: ${text}` });
  return z.NEVER;
});

const schema = z.object({
  config: z.object({
    "holdfast:targets": z.object({ rto: duration, rpo: duration }).default({ rto: 14_400, rpo: 900 }),
    "holdfast:database": z.object({ archiveTimeout: duration.default(60) }),
  }),
});

export interface StackFacts {
  readonly targets: { readonly rtoSeconds: number; readonly rpoSeconds: number };
  readonly archiveTimeoutSeconds: number;
  /** Masked text of each stack file, for the journal. */
  readonly configs: Readonly<Record<string, string>>;
}

/** The few values a run needs before any stack is up; whole checks are the program's own. Reads no secret. */
export async function readStackFacts(repositoryRoot: string): Promise<StackFacts> {
  const texts = await Promise.all(
    stacks.map((stack) => readFile(join(repositoryRoot, `Pulumi.${stack}.yaml`), "utf8")),
  );
  const [, primary = ""] = texts;
  const parsed = schema.safeParse(parse(primary));
  if (!parsed.success)
    throw new UserError("CONFIG_INVALID", { what: `Pulumi.primary.yaml: ${z.prettifyError(parsed.error)}` });
  const { "holdfast:targets": targets, "holdfast:database": database } = parsed.data.config;
  return {
    targets: { rtoSeconds: targets.rto, rpoSeconds: targets.rpo },
    archiveTimeoutSeconds: database.archiveTimeout,
    configs: Object.fromEntries(stacks.map((stack, index) => [stack, maskSecrets(texts[index] ?? "")])),
  };
}
