import type { Seen } from "./types.ts";

/** Each question has its own time: a dead site costs so much and holds up no other answer. */
export const questionMs = 5000;

export async function see<T>(work: (signal: AbortSignal) => Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await work(AbortSignal.timeout(questionMs)) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

export const givenBy = <T>(seen: Seen<T>): T | null => ("value" in seen ? seen.value : null);
