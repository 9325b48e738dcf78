import { Cron } from "croner";

/** A cron expression as Kubernetes reads it: five fields, each expanded to the numbers it names; null is every one. */
export interface CronSchedule {
  readonly text: string;
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[] | null;
  readonly months: readonly number[] | null;
  /** 0 is Sunday. */
  readonly weekdays: readonly number[] | null;
}

export const cronForms = 'five fields as Kubernetes reads them, for example "15 1 * * *"';

const minutesInDay = 24 * 60;
const minutesInWeek = 7 * minutesInDay;

/** Eight years and a bit: every date of the calendar comes up, 29 February twice. */
const leapCycleDays = 8 * 366;

const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/**
 * Refuses what croner takes and Kubernetes does not (`L`, `W`, `#`, `@daily`,
 * seconds, Sunday as 7): such a CronJob would be refused by the API server only
 * in the middle of an `up`.
 */
export function parseCron(text: string): CronSchedule | { readonly problem: string } {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) return { problem: `is not a cron expression: ${fields.length} fields` };
  try {
    new Cron(text, { mode: "5-part", timezone: "Etc/UTC", paused: true });
  } catch (error) {
    return { problem: `is not a cron expression: ${error instanceof Error ? error.message : String(error)}` };
  }
  const minutes = expandField(fields[0], 0, 59, []);
  const hours = expandField(fields[1], 0, 23, []);
  const daysOfMonth = expandField(fields[2], 1, 31, []);
  const months = expandField(fields[3], 1, 12, monthNames);
  const weekdays = expandField(fields[4], 0, 6, weekdayNames);
  if (!minutes || !hours || !daysOfMonth || !months || !weekdays) {
    return { problem: "is not a cron expression that Kubernetes takes" };
  }
  const schedule = {
    text: fields.join(" "),
    minutes,
    hours,
    daysOfMonth: daysOfMonth.length === 31 ? null : daysOfMonth,
    months: months.length === 12 ? null : months,
    weekdays: weekdays.length === 7 ? null : weekdays,
  };
  return longestIntervalMinutes(schedule) === null
    ? { problem: "is a cron expression that never runs" }
    : schedule;
}

function expandField(
  field: string | undefined,
  min: number,
  max: number,
  names: readonly string[],
): readonly number[] | undefined {
  const numbers = new Set<number>();
  for (const part of (field ?? "").split(",")) {
    const match = /^(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:\/(\d+))?$/i.exec(part);
    if (match === null) return undefined;
    const [, from = "", to, stepText] = match;
    const step = stepText === undefined ? 1 : Number(stepText);
    const low = from === "*" ? min : fieldNumber(from, min, names);
    const high = from === "*" ? max : to === undefined ? low : fieldNumber(to, min, names);
    if (low === undefined || high === undefined || low < min || high > max || low > high || step < 1)
      return undefined;
    for (let value = low; value <= high; value += step) numbers.add(value);
  }
  return [...numbers].sort((a, b) => a - b);
}

function fieldNumber(text: string, min: number, names: readonly string[]): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const index = names.indexOf(text.toLowerCase());
  return index < 0 ? undefined : index + min;
}

/**
 * Starts in minutes of a week (0 is Sunday 00:00). A schedule bound to days of
 * the month counts as running on any weekday, because in some month it will.
 */
export function startsInWeek(schedule: CronSchedule): readonly number[] {
  const everyDay = schedule.daysOfMonth !== null || schedule.weekdays === null;
  const weekdays = everyDay ? [0, 1, 2, 3, 4, 5, 6] : (schedule.weekdays ?? []);
  return weekdays.flatMap((day) => startsInDay(schedule).map((minute) => day * minutesInDay + minute));
}

/** Shortest time from a start of `schedule` to the next start of any of `all`, 0 where two begin together. */
export function shortestGapMinutes(schedule: CronSchedule, all: readonly CronSchedule[]): number {
  const others = all.filter((other) => other !== schedule);
  const own = startsInWeek(schedule);
  const otherStarts = others.flatMap((other) => startsInWeek(other));
  let shortest = minutesInWeek;
  for (const start of own) {
    for (const next of own) {
      const gap = (next - start + minutesInWeek) % minutesInWeek;
      if (gap > 0) shortest = Math.min(shortest, gap);
    }
    for (const next of otherStarts)
      shortest = Math.min(shortest, (next - start + minutesInWeek) % minutesInWeek);
  }
  return shortest;
}

/** Longest time between two starts over eight years (a whole leap cycle), or null for a schedule that never runs twice. */
export function longestIntervalMinutes(schedule: CronSchedule): number | null {
  const inDay = startsInDay(schedule);
  const first = inDay[0] ?? 0;
  const last = inDay.at(-1) ?? 0;
  let longest = 0;
  for (let index = 1; index < inDay.length; index += 1) {
    longest = Math.max(longest, (inDay[index] ?? 0) - (inDay[index - 1] ?? 0));
  }
  let previousDay: number | undefined;
  let pairs = 0;
  for (let day = 0; day < leapCycleDays; day += 1) {
    if (!runsOn(schedule, dayNumber(day))) continue;
    if (previousDay !== undefined) {
      pairs += 1;
      longest = Math.max(longest, (day - previousDay) * minutesInDay + first - last);
    }
    previousDay = day;
  }
  return pairs === 0 ? null : longest;
}

/**
 * The same schedule a number of minutes later, or undefined where no single
 * expression says that (some of its times would fall on another day, others not).
 */
export function shiftCron(schedule: CronSchedule, minutes: number): string | undefined {
  const anyDate = schedule.daysOfMonth === null && schedule.months === null && schedule.weekdays === null;
  const carries = new Set(schedule.minutes.map((minute) => Math.floor((minute + minutes) / 60)));
  const shiftedMinutes = sorted(schedule.minutes.map((minute) => (minute + minutes) % 60));
  if (schedule.hours.length === 24 && anyDate)
    return cronText(shiftedMinutes, "*", schedule, schedule.weekdays);
  const [carry] = carries;
  if (carries.size !== 1 || carry === undefined) return undefined;
  const wraps = new Set(schedule.hours.map((hour) => Math.floor((hour + carry) / 24)));
  const hours = sorted(schedule.hours.map((hour) => (hour + carry) % 24)).join(",");
  const [wrap] = wraps;
  if (anyDate || (wraps.size === 1 && wrap === 0))
    return cronText(shiftedMinutes, hours, schedule, schedule.weekdays);
  if (wraps.size !== 1 || wrap === undefined || schedule.daysOfMonth !== null || schedule.months !== null)
    return undefined;
  return cronText(
    shiftedMinutes,
    hours,
    schedule,
    sorted((schedule.weekdays ?? []).map((day) => (day + wrap) % 7)),
  );
}

function cronText(
  minutes: readonly number[],
  hours: string,
  schedule: CronSchedule,
  weekdays: readonly number[] | null,
): string {
  const days = schedule.daysOfMonth?.join(",") ?? "*";
  return `${minutes.join(",")} ${hours} ${days} ${schedule.months?.join(",") ?? "*"} ${weekdays?.join(",") ?? "*"}`;
}

function startsInDay(schedule: CronSchedule): readonly number[] {
  return schedule.hours.flatMap((hour) => schedule.minutes.map((minute) => hour * 60 + minute));
}

function runsOn(schedule: CronSchedule, day: Date): boolean {
  if (schedule.months !== null && !schedule.months.includes(day.getUTCMonth() + 1)) return false;
  const ofMonth = schedule.daysOfMonth?.includes(day.getUTCDate());
  const ofWeek = schedule.weekdays?.includes(day.getUTCDay());
  // Cron's own rule: where both are restricted, either is enough.
  if (ofMonth !== undefined && ofWeek !== undefined) return ofMonth || ofWeek;
  return ofMonth ?? ofWeek ?? true;
}

function sorted(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

/** Longest time between two neighbouring starts of any of the schedules, in a week. */
export function longestGapOfAllMinutes(schedules: readonly CronSchedule[]): number {
  const starts = sorted(schedules.flatMap((schedule) => startsInWeek(schedule)));
  const gaps = starts.map((start, index) => (starts[index + 1] ?? (starts[0] ?? 0) + minutesInWeek) - start);
  return Math.max(...gaps);
}

/**
 * Shortest time that a number of consecutive intervals between starts takes, in
 * any eight years. Two fulls close together use up retention faster than their
 * mean interval says.
 */
export function shortestSpanMinutes(schedule: CronSchedule, intervals: number): number {
  if (intervals <= 0) return 0;
  const inDay = startsInDay(schedule);
  const starts: number[] = [];
  for (let day = 0; day < leapCycleDays; day += 1) {
    if (!runsOn(schedule, dayNumber(day))) continue;
    for (const start of inDay) starts.push(day * minutesInDay + start);
  }
  let shortest = Number.POSITIVE_INFINITY;
  for (let index = intervals; index < starts.length; index += 1) {
    shortest = Math.min(shortest, (starts[index] ?? 0) - (starts[index - intervals] ?? 0));
  }
  return shortest;
}

function dayNumber(day: number): Date {
  return new Date(Date.UTC(2024, 0, 1 + day));
}

/** The schedule's first start after a moment, both in milliseconds since 1970; null where there is none. */
export function nextStartMs(text: string, timeZone: string, afterMs: number): number | null {
  const cron = new Cron(text, { mode: "5-part", timezone: timeZone, paused: true });
  return cron.nextRun(new Date(afterMs))?.getTime() ?? null;
}
