const minutesInDay = 1440;
const daysInYears = 2 * 366;

/** Starts of a cron expression in minutes over two years, or undefined for one that is not read here. */
export function cronStarts(text: string): readonly number[] | undefined {
  const [minuteField, hourField, dayField, monthField, weekdayField, ...more] = text.trim().split(/\s+/);
  const minutes = expand(minuteField, 0, 59);
  const hours = expand(hourField, 0, 23);
  const days = expand(dayField, 1, 31);
  const months = expand(monthField, 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec");
  const weekdays = expand(weekdayField, 0, 6, "sun mon tue wed thu fri sat");
  if (!minutes || !hours || !days || !months || !weekdays || more.length > 0) return undefined;
  const starts: number[] = [];
  for (let day = 0; day < daysInYears; day += 1) {
    const date = new Date(Date.UTC(2024, 0, 1 + day));
    if (!months.includes(date.getUTCMonth() + 1)) continue;
    const ofMonth = days.includes(date.getUTCDate());
    const ofWeek = weekdays.includes(date.getUTCDay());
    // Cron's own rule: where both are restricted, either is enough.
    if (!(days.length < 31 && weekdays.length < 7 ? ofMonth || ofWeek : ofMonth && ofWeek)) continue;
    for (const hour of hours)
      for (const minute of minutes) starts.push(day * minutesInDay + hour * 60 + minute);
  }
  return starts;
}

/** Longest time between two starts, in minutes. */
export function longestGap(starts: readonly number[]): number {
  const sorted = [...new Set(starts)].sort((one, other) => one - other);
  return Math.max(0, ...sorted.slice(1).map((start, index) => start - (sorted[index] ?? 0)));
}

/** Shortest time between two starts, in minutes. */
export function shortestGap(starts: readonly number[]): number {
  return Math.min(
    Number.POSITIVE_INFINITY,
    ...starts.slice(1).map((start, index) => start - (starts[index] ?? 0)),
  );
}

function expand(
  field: string | undefined,
  min: number,
  max: number,
  names = "",
): readonly number[] | undefined {
  const words = names.split(" ");
  const numberOf = (text: string): number => {
    const index = words.indexOf(text.toLowerCase());
    return index >= 0 ? index + min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  const found = new Set<number>();
  for (const part of (field ?? "").split(",")) {
    const match = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
    if (match === null) return undefined;
    const [, from = "", to, step] = match;
    const low = from === "*" ? min : numberOf(from);
    const high = from === "*" ? max : to !== undefined ? numberOf(to) : step !== undefined ? max : low;
    if (!(low >= min && high <= max && low <= high) || Number(step ?? 1) < 1) return undefined;
    for (let value = low; value <= high; value += Number(step ?? 1)) found.add(value);
  }
  return [...found].sort((one, other) => one - other);
}
