import { z } from "zod";
import { ports, thirdAddresses } from "../net/addresses.ts";
import { ask } from "../net/http.ts";
import { execLine } from "../site/kubernetes.ts";

/** Takes every mail and passes none on; kept in memory, the newest 10,000. */
export function mailPart(): string {
  return execLine("mailpit", {
    smtp: `${thirdAddresses.sink}:${ports.smtp}`,
    listen: `${thirdAddresses.sink}:${ports.mail}`,
    max: 10_000,
    // Its own looks at the outside: there is none here.
    "disable-version-check": true,
    "smtp-disable-rdns": true,
    quiet: true,
  });
}

export function webhooksPart(): string {
  return execLine("webhook-sink", {
    receive: `${thirdAddresses.sink}:${ports.webhooks}`,
    tell: `${thirdAddresses.sink}:${ports.webhooksReceived}`,
  });
}

/** As pods reach it. By address: a copy whose name server fails must not look as if it were quiet. */
export const sinkSmtp = { host: thirdAddresses.sink, port: ports.smtp } as const;
export const mailEndpoint = `http://${thirdAddresses.sink}:${ports.mail}`;
export const webhooksEndpoint = `http://${thirdAddresses.sink}:${ports.webhooksReceived}`;

export interface SunkMail {
  readonly id: string;
  readonly subject: string;
  readonly atMs: number;
}

export interface SunkRequest {
  readonly atMs: number;
  /** Of the pod that sent it: pod addresses are routed, not hidden. */
  readonly from: string;
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

const mailSchema = z.object({
  messages: z.array(z.object({ ID: z.string(), Subject: z.string(), Created: z.string() })),
});
const requestSchema = z.array(
  z.object({ at: z.string(), from: z.string(), method: z.string(), path: z.string(), body: z.string() }),
);

/** Mail that came since that moment, oldest first. */
export async function sunkMail(sinceMs = 0): Promise<readonly SunkMail[]> {
  const { messages } = mailSchema.parse(await readJson(`${mailEndpoint}/api/v1/messages?limit=10000`));
  return messages
    .map(({ ID, Subject, Created }) => ({ id: ID, subject: Subject, atMs: Date.parse(Created) }))
    .filter(({ atMs }) => atMs >= sinceMs)
    .reverse();
}

const headersSchema = z.object({ Received: z.array(z.string()).min(1) });

/** Address that brought a mail, from the line that the sink itself put on top of its headers. */
export async function bringerOf(id: string): Promise<string> {
  const headers = headersSchema.parse(await readJson(`${mailEndpoint}/api/v1/message/${id}/headers`));
  const [own = ""] = headers.Received;
  // What stands before the bracket is what the sender calls itself, which may be an address too.
  const address = /\(\S+ \[([0-9a-f.:]+)\]\)/i.exec(own)?.[1];
  if (address === undefined) throw new Error(`the sink does not say who brought mail ${id}: ${own}`);
  return address;
}

/** HTTP requests that came since that moment, oldest first. */
export async function sunkRequests(sinceMs = 0): Promise<readonly SunkRequest[]> {
  return requestSchema
    .parse(await readJson(webhooksEndpoint))
    .map(({ at, ...rest }) => ({ atMs: Date.parse(at), ...rest }))
    .filter(({ atMs }) => atMs >= sinceMs);
}

async function readJson(url: string): Promise<unknown> {
  const { status, body } = await ask(url, { timeoutMs: 10_000 });
  if (status !== 200) throw new Error(`the sink at ${url}: HTTP ${status}`);
  return JSON.parse(body);
}
