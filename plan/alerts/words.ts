import { formatDuration } from "../../config/duration.ts";

/** "25.8 hours", "7.5 minutes": what a person keeps in mind. */
export function words(seconds: number): string {
  if (seconds >= 2 * 86_400) return `${round(seconds / 86_400)} days`;
  if (seconds >= 2 * 3600) return `${round(seconds / 3600)} hours`;
  return seconds >= 300 ? `${round(seconds / 60)} minutes` : formatDuration(Math.round(seconds));
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
