import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { TLSSocket } from "node:tls";
import type { WebAnswer, WebPort, WebRequest } from "../ports/applications.ts";
import { PortError } from "../ports/port-error.ts";
import type { NameResolver } from "../prober/ports.ts";
import { proberTimeouts } from "../prober/settings.ts";
import { messageOf, withDeadline } from "./deadline.ts";

export interface WebTarget {
  readonly port: number;
  /** PEM of the one authority that is believed; the host's own list is not. */
  readonly ca: string;
  /** Who signs in where, by service. */
  readonly logins: Readonly<Record<string, { readonly user: string; readonly password: string }>>;
}

const answerMs = 15_000;
/** Of a body; more is no key function's answer. */
const mostBytes = 1_000_000;

/** HTTPS as a person's program does it: the name resolved anew, the certificate checked, a connection of its own. */
export function createWebPort(target: WebTarget, resolver: NameResolver): WebPort {
  return {
    request: async (asked, outer) => {
      try {
        return await withDeadline(answerMs, outer, async (signal) => {
          const address = (await resolver.resolve(asked.through, signal))[0];
          if (address === undefined) throw new Error(`${asked.through} has no address`);
          return await ask(target, address, asked, signal);
        });
      } catch (error) {
        outer.throwIfAborted();
        throw new PortError("web", `https://${asked.host}${asked.path}: ${messageOf(error)}`, {
          cause: error,
        });
      }
    },
  };
}

async function ask(
  target: WebTarget,
  address: string,
  asked: WebRequest,
  signal: AbortSignal,
): Promise<WebAnswer> {
  const agent = new Agent({ keepAlive: false });
  try {
    const response = await send(target, address, asked, agent, signal);
    // Before the body is read: the socket is gone after it.
    const certificate = certificateOf(response.socket as TLSSocket);
    const body = await bodyOf(response, asked.until);
    return {
      address,
      status: response.statusCode ?? 0,
      headers: headersOf(response),
      cookies: (response.headers["set-cookie"] ?? []).flatMap((line) => line.split(";")[0] ?? []),
      body,
      certificate,
    };
  } finally {
    agent.destroy();
  }
}

function send(
  target: WebTarget,
  address: string,
  asked: WebRequest,
  agent: Agent,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: address,
      port: target.port,
      servername: asked.host,
      ca: target.ca,
      agent,
      path: asked.path,
      method: asked.method,
      signal,
      headers: {
        host: asked.hostHeader ?? asked.host,
        ...asked.headers,
        ...signIn(target, asked.signIn),
        ...(asked.body === undefined ? {} : { "content-length": Buffer.byteLength(asked.body) }),
      },
    });
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    outgoing.on("socket", (socket) => {
      // A dead site swallows packets: without this the whole time-out goes by on one attempt.
      const timer = setTimeout(
        () => socket.destroy(new Error(`${address}:${target.port}: no connection`)),
        proberTimeouts.connectMs,
      );
      socket.once("secureConnect", () => clearTimeout(timer));
      socket.once("close", () => clearTimeout(timer));
    });
    outgoing.end(asked.body);
  });
}

function signIn(target: WebTarget, service: string | undefined): Readonly<Record<string, string>> {
  if (service === undefined) return {};
  const login = target.logins[service];
  if (login === undefined) throw new Error(`nobody is known who signs in to ${service}`);
  const pair = Buffer.from(`${login.user}:${login.password}`).toString("base64");
  return { authorization: `Basic ${pair}` };
}

async function bodyOf(response: IncomingMessage, until: string | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(Buffer.from(chunk as Uint8Array));
    bytes += chunks.at(-1)?.length ?? 0;
    if (bytes > mostBytes) throw new Error(`an answer of more than ${mostBytes} bytes`);
    if (until !== undefined && Buffer.concat(chunks).includes(until)) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

function headersOf(response: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(response.headers).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, value]] : [],
    ),
  );
}

function certificateOf(socket: TLSSocket): WebAnswer["certificate"] {
  const { subject, issuer, valid_to: validTo, subjectaltname } = socket.getPeerCertificate();
  return {
    subject: String(subject?.CN ?? ""),
    issuer: String(issuer?.CN ?? ""),
    validTo: validTo ?? "",
    names: subjectaltname ?? "",
  };
}
