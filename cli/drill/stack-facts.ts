import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { defaultSchedules } from "../../config/backup-section.ts";
import { parseCron } from "../../config/cron.ts";
import { parseDuration } from "../../config/duration.ts";
import { type Bytes, parseSize } from "../../config/size.ts";
import type { BackupAgeLimits } from "../../drill/backup-age.ts";
import { maskSecrets } from "../../drill/config-copy.ts";
import { UserError } from "../../errors/user-error.ts";

import { planBackupAge } from "../../plan/index.ts";

const stacks = ["offsite", "primary", "dr", "rehearsal"] as const;

const duration = z.string().transform((text, context) => {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  context.addIssue({ code: "custom", message: `not a duration: ${text}` });
  return z.NEVER;
});

const size = z.string().transform((text, context) => {
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: "custom", message: `not a size: ${text}` });
  return z.NEVER;
});

const cron = z.string().transform((text, context) => {
  const schedule = parseCron(text);
  if (!("problem" in schedule)) return schedule;
  context.addIssue({ code: "custom", message: `${text} ${schedule.problem}` });
  return z.NEVER;
});

const cronOrNever = z.union([z.literal("never").transform(() => null), cron]);

const schema = z.object({
  config: z.object({
    "holdfast:targets": z.object({ rto: duration, rpo: duration }).default({ rto: 14_400, rpo: 900 }),
    "holdfast:database": z.object({ archiveTimeout: duration.default(60), volume: size }),
    "holdfast:backup": z.object({
      schedules: z.object({
        full: cron.prefault(defaultSchedules.full),
        differential: cron.prefault(defaultSchedules.differential),
        incremental: cron.prefault(defaultSchedules.incremental),
        verify: cronOrNever.prefault(defaultSchedules.verify),
        restoreTest: cronOrNever.prefault(defaultSchedules.restoreTest),
        logicalDump: cronOrNever.prefault(defaultSchedules.logicalDump),
      }),
    }),
  }),
});

export interface StackFacts {
  readonly targets: { readonly rtoSeconds: number; readonly rpoSeconds: number };
  readonly archiveTimeoutSeconds: number;
  readonly volumeBytes: Bytes;
  /** What the active site's schedules promise. */
  readonly backupAge: BackupAgeLimits;
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
  const {
    "holdfast:targets": targets,
    "holdfast:database": database,
    "holdfast:backup": backup,
  } = parsed.data.config;
  return {
    targets: { rtoSeconds: targets.rto, rpoSeconds: targets.rpo },
    archiveTimeoutSeconds: database.archiveTimeout,
    volumeBytes: database.volume,
    backupAge: planBackupAge(backup.schedules),
    configs: Object.fromEntries(stacks.map((stack, index) => [stack, maskSecrets(texts[index] ?? "")])),
  };
}
