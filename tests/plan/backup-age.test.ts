// How old the newest backup may be, from the schedules alone.
import { expect, test } from "vitest";
import { type CronSchedule, parseCron } from "../../config/cron.ts";
import { planBackupAge } from "../../plan/backup-age.ts";

function cron(text: string): CronSchedule {
  const schedule = parseCron(text);
  if ("problem" in schedule) throw new Error(schedule.problem);
  return schedule;
}

test.each([
  // From 20:45 to 00:45 there is nothing else; a full may take the four hours of a usual window but the next start comes first.
  ["15 1 * * *", "15 9,17 * * *", "45 */4 * * *", 4 * 60 + 105, 24 * 60 + 105],
  ["0 0 * * 0", "0 12 * * *", "0 18 * * *", 18 * 60 + 240, 7 * 24 * 60 + 240],
])("%s, %s, %s", (full, differential, incremental, newestMinutes, fullMinutes) => {
  const plan = planBackupAge({
    full: cron(full),
    differential: cron(differential),
    incremental: cron(incremental),
  });
  expect(plan).toEqual({ newestSeconds: newestMinutes * 60, fullSeconds: fullMinutes * 60 });
});
