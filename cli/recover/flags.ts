import type { Command } from "commander";

/** Where a recovery ends: the same words for `recover` and `restore`. */
export function addTargetFlags(command: Command): Command {
  return command
    .option("--to-time <time>", "the last moment that is kept, with its zone: 2026-11-25T03:04:05Z")
    .option("--to-lsn <lsn>", "the last place in the write-ahead log that is kept")
    .option("--to-name <name>", "a restore point made with pg_create_restore_point")
    .option("--to-set <label>", "the end of that backup set, no WAL after it")
    .option("--from-set <label>", "the set to begin from: for a name of before the newest set")
    .option("--before", "stop just before the time or LSN", false)
    .option("--repository <name>", "offsite, or the site's own: site", "offsite")
    .option("--repository-as-of <time>", "read the repository as it was: before a deletion or overwriting")
    .option("--epoch <n>", "an older epoch's path, for what lies before this one");
}
