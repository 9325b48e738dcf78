import { findNeedles, type Match, type Needle } from "./needles.ts";
import type { Places, Unread } from "./places.ts";

export interface Leak extends Match {
  readonly place: string;
}

export interface ScanResult {
  readonly leaks: readonly Leak[];
  readonly unread: readonly Unread[];
  readonly placesRead: number;
  readonly bytesRead: number;
}

/** Looks for every secret in every place. */
export function scan(sources: readonly Places[], needles: readonly Needle[]): ScanResult {
  const leaks: Leak[] = [];
  let placesRead = 0;
  let bytesRead = 0;
  for (const { places } of sources) {
    for (const { name, content } of places) {
      placesRead += 1;
      bytesRead += content.length;
      for (const match of findNeedles(content, needles)) leaks.push({ ...match, place: name });
    }
  }
  return { leaks, placesRead, bytesRead, unread: sources.flatMap(({ unread }) => unread) };
}
