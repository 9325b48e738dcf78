import type { Clients } from "../clients/index.ts";
import { clientOf } from "../config.ts";
import { ProviderError } from "../server/errors.ts";
import type { CallContext } from "../server/handler.ts";
import { absolute } from "./dns-types.ts";

const POLL_MS = 200;
/**
 * NOTIFY is one datagram, and a secondary that got it a moment too early asks no more for a minute: it may come while
 * the transfer for another name of the same `up` is still going on.
 */
const NOTIFY_AGAIN_MS = 400;
/** Enough that a wrong target with a tenth of the weight shows up in most rounds, cheap enough to repeat. */
const SAMPLES = 8;

/** What every answer must be; `undefined` when only the zone's serial counts. */
export interface Expected {
  readonly name: string;
  readonly addresses: readonly string[];
}

/**
 * Tells the secondaries and waits until each name server serves the change: the API's answer says only
 * what the primary has stored, and a resolver may ask any of them.
 */
export async function publish(
  zone: string,
  nameservers: readonly string[],
  timeoutSeconds: number,
  expected: Expected | undefined,
  context: CallContext<Clients>,
): Promise<void> {
  const dns = clientOf(context, "dns");
  await dns.notify(absolute(zone));
  if (nameservers.length === 0) return;
  const serial = (await dns.getZone(absolute(zone)))?.serial ?? 0;
  const deadline = context.clients.now().getTime() + timeoutSeconds * 1000;
  await Promise.all(
    nameservers.map((address) => waitFor(address, zone, serial, deadline, timeoutSeconds, expected, context)),
  );
}

async function waitFor(
  address: string,
  zone: string,
  serial: number,
  deadline: number,
  timeoutSeconds: number,
  expected: Expected | undefined,
  context: CallContext<Clients>,
): Promise<void> {
  const server = context.clients.nameServer(address);
  let seen = "nothing";
  let notifyAt = context.clients.now().getTime() + NOTIFY_AGAIN_MS;
  while (context.clients.now().getTime() < deadline) {
    context.signal.throwIfAborted();
    if (context.clients.now().getTime() >= notifyAt) {
      await clientOf(context, "dns").notify(absolute(zone));
      notifyAt += NOTIFY_AGAIN_MS;
    }
    const served = await server.serial(absolute(zone));
    if (served === undefined) seen = "no answer";
    else if (isOlder(served, serial)) seen = `serial ${served} instead of ${serial}`;
    else {
      const wrong = expected === undefined ? undefined : await findWrongAnswer(server.addresses, expected);
      if (wrong === undefined) return;
      seen = wrong;
    }
    await context.clients.sleep(POLL_MS);
  }
  const what = expected === undefined ? `zone ${zone}` : expected.name;
  throw new ProviderError(
    `name server ${address} does not serve the change of ${what} after ${timeoutSeconds} s; last seen: ${seen}`,
    {
      hint: `see whether ${address} gets NOTIFY and can transfer the zone, and whether it allows LUA records`,
    },
  );
}

async function findWrongAnswer(
  ask: (name: string) => Promise<readonly string[]>,
  expected: Expected,
): Promise<string | undefined> {
  for (let sample = 0; sample < SAMPLES; sample++) {
    const answer = await ask(absolute(expected.name));
    if (answer.length === 0) return `no address for ${expected.name}`;
    const other = answer.find((address) => !expected.addresses.includes(address));
    if (other !== undefined) return `${expected.name} -> ${other}`;
  }
  return undefined;
}

/** Serials wrap around (RFC 1982): half of the numbers after one are newer. */
export function isOlder(served: number, wanted: number): boolean {
  const distance = (wanted - served) >>> 0;
  return distance !== 0 && distance < 0x8000_0000;
}
