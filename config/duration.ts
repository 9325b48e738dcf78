/** A length of time in whole seconds, parsed once from words such as "15 minutes". */
export type Seconds = number & { readonly unit?: "seconds" };

const secondsIn = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 } as const;

export const durationForms = '"30 seconds", "15 minutes", "4 hours", "7 days" or "2 weeks"';

/** Undefined for anything but `<whole number> <unit>`: a bare number would leave its unit to guesswork. */
export function parseDuration(text: string): Seconds | undefined {
  const match = /^(\d{1,9}) (second|minute|hour|day|week)s?$/.exec(text);
  if (match === null) return undefined;
  return Number(match[1]) * secondsIn[match[2] as keyof typeof secondsIn];
}

/** The same words back, in the largest unit that divides it. */
export function formatDuration(seconds: Seconds): string {
  for (const unit of ["day", "hour", "minute"] as const) {
    const count = seconds / secondsIn[unit];
    if (count >= 1 && Number.isInteger(count)) return `${count} ${unit}${count === 1 ? "" : "s"}`;
  }
  return `${seconds} second${seconds === 1 ? "" : "s"}`;
}
