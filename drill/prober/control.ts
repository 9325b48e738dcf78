import { z } from "zod";

/**
 * What may be said to a running prober over its socket: one JSON line each way. The
 * times in the answers are on the prober's clock, which is the one that judges.
 */
export const controlRequestSchema = z.discriminatedUnion("command", [
  /** Writes a mark; answered when it is on disk. */
  z.strictObject({ command: z.literal("mark"), name: z.string().min(1), detail: z.string() }),
  /** Rate of the write load; 0 stops it. Answered when no row of the old rate is under way. */
  z.strictObject({ command: z.literal("load"), rowsPerSecond: z.number().min(0).max(1000) }),
  /** Whether the user of a rehearsal's own name tries. Off at first: nobody is there before T0. */
  z.strictObject({ command: z.literal("canary"), on: z.boolean() }),
  z.strictObject({ command: z.literal("status") }),
  z.strictObject({ command: z.literal("stop") }),
]);
export type ControlRequest = z.infer<typeof controlRequestSchema>;

export const controlAnswerSchema = z.discriminatedUnion("ok", [
  z.object({
    ok: z.literal(true),
    atMs: z.number(),
    /** The chain's head after what was done: a ledger cut short later does not hold it. */
    head: z.object({ seq: z.number().int(), prev: z.string() }),
    loadRowsPerSecond: z.number(),
  }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);
export type ControlAnswer = z.infer<typeof controlAnswerSchema>;

export function parseControlRequest(line: string): ControlRequest | { readonly error: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { error: "not a line of JSON" };
  }
  const parsed = controlRequestSchema.safeParse(value);
  return parsed.success ? parsed.data : { error: z.prettifyError(parsed.error) };
}
