import { randomUUID } from "node:crypto";
import type { KeyFunction } from "../../contract/key-function.ts";
import type { StepContext } from "../step.ts";
import { answeredElsewhere, shorten, type Tried } from "./tried.ts";

/** A subscriber who is there before the message, and one that is published: it must arrive on the open connection. */
export async function publishAndSubscribe(
  context: StepContext,
  { host, through, topic, service }: Extract<KeyFunction, { kind: "publish-subscribe" }>,
  signal: AbortSignal,
): Promise<Tried> {
  const { web } = context.ports;
  const message = `holdfast ${context.run.id} ${randomUUID()}`;
  const common = { host, through, signIn: service } as const;
  const stop = new AbortController();
  // Messages of the last seconds too: whether the subscriber or the message is first must not matter.
  const heard = web.request(
    { ...common, method: "GET", path: `/${topic}/json?since=30s`, until: message },
    AbortSignal.any([signal, stop.signal]),
  );
  // Looked at below; where publishing fails first, nobody waits for it any more.
  heard.catch(() => undefined);
  try {
    const published = await web.request(
      { ...common, method: "POST", path: `/${topic}`, body: message },
      signal,
    );
    const elsewhere = answeredElsewhere(context, published);
    if (elsewhere !== null) return elsewhere;
    if (published.status !== 200)
      return {
        holds: false,
        detail: `publishing at ${host}/${topic}: ${published.status} ${shorten(published.body)}`,
      };
    const answer = await heard;
    if (!answer.body.includes(message))
      return {
        holds: false,
        detail: `the subscriber at ${host}/${topic} got ${answer.status} ${shorten(answer.body)}`,
      };
    return { holds: true, detail: `published at ${host}/${topic}, and heard by its subscriber` };
  } finally {
    stop.abort(new Error("the attempt is over"));
  }
}
