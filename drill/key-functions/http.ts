import type { KeyFunction } from "../../contract/key-function.ts";
import type { StepContext } from "../step.ts";
import { answeredElsewhere, shorten, type Tried } from "./tried.ts";

/** One request, its status and its body: what a stack file can say of any service. */
export async function answersAs(
  context: StepContext,
  { host, through, method, path, status, matches }: Extract<KeyFunction, { kind: "http" }>,
  signal: AbortSignal,
): Promise<Tried> {
  const answer = await context.ports.web.request({ host, through, method, path }, signal);
  const elsewhere = answeredElsewhere(context, answer);
  if (elsewhere !== null) return elsewhere;
  const asked = `${method} ${host}${path}`;
  if (answer.status !== status)
    return { holds: false, detail: `${asked}: status ${answer.status}, not ${status}` };
  if (matches !== null && !new RegExp(matches, "u").test(answer.body))
    return { holds: false, detail: `${asked}: the body does not match ${matches}: ${shorten(answer.body)}` };
  return { holds: true, detail: `${asked}: ${status}${matches === null ? "" : `, ${shorten(answer.body)}`}` };
}
