import { StepFailed, Stopped } from "./outcome.ts";
import { PortError } from "./ports/port-error.ts";

/** Awaits an application's answer; what it refuses is the step's failure, not a bug of ours. */
export async function attempt<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof PortError || error instanceof Stopped || !(error instanceof Error)) throw error;
    if (error.name === "AbortError" || error.name === "TimeoutError") throw error;
    throw new StepFailed(`${what}: ${error.message}`, { cause: error });
  }
}
