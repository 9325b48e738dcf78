import type { KeyFunction } from "../../contract/key-function.ts";
import type { StepContext } from "../step.ts";
import { answeredElsewhere, type Tried } from "./tried.ts";

/** Nobody can own it (RFC 6761). */
const unknownName = "nobody.invalid";
/** Misdirected request: not served here (RFC 9110). */
const misdirected = 421;

/** A request for a name that nobody declared is refused, although the connection is a good one. */
export async function unknownHostIsRefused(
  context: StepContext,
  { host, through }: Extract<KeyFunction, { kind: "unknown-host" }>,
  signal: AbortSignal,
): Promise<Tried> {
  const answer = await context.ports.web.request(
    { host, through, method: "GET", path: "/", hostHeader: unknownName },
    signal,
  );
  return (
    answeredElsewhere(context, answer) ?? {
      holds: answer.status === misdirected,
      detail: `${unknownName}: ${answer.status}${answer.status === misdirected ? "" : `, not ${misdirected}`}`,
    }
  );
}

/** The connection itself is the proof: a certificate for another name, or of an authority that is not the business's, ends it. */
export async function servesTls(
  context: StepContext,
  { host, through }: Extract<KeyFunction, { kind: "tls" }>,
  signal: AbortSignal,
): Promise<Tried> {
  const answer = await context.ports.web.request({ host, through, method: "HEAD", path: "/" }, signal);
  const { subject, issuer, validTo } = answer.certificate;
  return (
    answeredElsewhere(context, answer) ?? {
      holds: true,
      detail: `for ${host}: ${subject}, signed by ${issuer}, until ${validTo}`,
    }
  );
}
