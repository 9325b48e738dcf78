export const timestampForms =
  '"2026-11-25T03:04:05Z", or with another zone than Z; a time without one would be guessed at';

const form = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,6})?(Z|[+-]\d\d(?::?\d\d)?)$/;

/**
 * A moment as pgBackRest and PostgreSQL both read it, in UTC and to the microsecond
 * that PostgreSQL has; undefined for anything that is no moment.
 */
export function parseTimestamp(text: string): string | undefined {
  const [, day, time, fraction = "", zone = ""] = form.exec(text.trim()) ?? [];
  if (day === undefined) return undefined;
  const offset = zone.length === 3 ? `${zone}:00` : zone;
  const moment = new Date(`${day}T${time}${offset}`);
  if (Number.isNaN(moment.getTime())) return undefined;
  // Date.parse takes 30 February for 2 March.
  const local = new Date(`${day}T${time}Z`);
  if (local.toISOString().slice(0, 10) !== day) return undefined;
  return `${moment.toISOString().slice(0, 19).replace("T", " ")}${fraction}+00`;
}
