import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { z } from "zod";
import { proberTimeouts } from "../prober/settings.ts";

export interface OdooTarget {
  /** Public name: server name in TLS, and the Host header. */
  readonly host: string;
  readonly port: number;
  readonly ca: string;
  readonly database: string;
  readonly login: string;
  readonly password: string;
}

/** Odoo answered with an error of its own. */
export class OdooError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.name = "OdooError";
    this.code = code;
  }
}

const answerSchema = z.object({
  result: z.unknown().optional(),
  error: z
    .object({
      code: z.number(),
      message: z.string(),
      data: z.object({ name: z.string().optional(), message: z.string().optional() }).optional(),
    })
    .optional(),
});

/** Odoo's session cookie is gone, or this database never knew it. */
export function isSessionLost(error: unknown): boolean {
  return error instanceof OdooError && error.code === 100;
}

export interface OdooSessionState {
  cookie: string | null;
  uid: number | null;
}

/** One TLS connection to one address, and the calls that go over it. Close it when done. */
export interface OdooConnection {
  authenticate(signal: AbortSignal): Promise<number>;
  execute(
    model: string,
    method: string,
    args: readonly unknown[],
    kwargs: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<unknown>;
  close(): void;
}

/** `state` outlives the connection: the cookie of a signed-in user. */
export function connectOdoo(target: OdooTarget, address: string, state: OdooSessionState): OdooConnection {
  // One socket, so that all calls are answered by whoever answered the first.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  async function call(
    path: string,
    params: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: "2.0", method: "call", id: 1, params });
    const { status, text, cookies } = await post(target, address, agent, path, body, state.cookie, signal);
    for (const cookie of cookies)
      if (cookie.startsWith("session_id=")) state.cookie = cookie.split(";")[0] ?? null;
    if (status !== 200) throw new Error(`${target.host}${path}: HTTP ${status}`);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new Error(`${target.host}${path}: an answer that is not JSON: ${text.slice(0, 80)}`, { cause });
    }
    const answer = answerSchema.parse(value);
    if (answer.error !== undefined) {
      throw new OdooError(answer.error.code, answer.error.data?.message ?? answer.error.message);
    }
    return answer.result;
  }

  return {
    authenticate: async (signal) => {
      state.cookie = null;
      state.uid = null;
      const { database: db, login, password } = target;
      const result = await call("/web/session/authenticate", { db, login, password }, signal);
      const parsed = z.object({ uid: z.number().int() }).safeParse(result);
      if (!parsed.success)
        throw new Error(`${target.host}: ${target.login} was not signed in to ${target.database}`);
      state.uid = parsed.data.uid;
      return parsed.data.uid;
    },
    execute: (model, method, args, kwargs, signal) =>
      call(`/web/dataset/call_kw/${model}/${method}`, { model, method, args, kwargs }, signal),
    close: () => agent.destroy(),
  };
}

async function post(
  target: OdooTarget,
  address: string,
  agent: Agent,
  path: string,
  body: string,
  cookie: string | null,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string; readonly cookies: readonly string[] }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request({
      host: address,
      port: target.port,
      servername: target.host,
      ca: target.ca,
      agent,
      path,
      method: "POST",
      signal,
      headers: {
        host: target.host,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        ...(cookie === null ? {} : { cookie }),
      },
    });
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    outgoing.on("socket", (socket) => {
      if (!socket.connecting) return;
      // A dead site swallows packets: without this the whole time-out goes by on one attempt.
      const timer = setTimeout(
        () =>
          socket.destroy(
            new Error(`${address}:${target.port}: no connection within ${proberTimeouts.connectMs} ms`),
          ),
        proberTimeouts.connectMs,
      );
      socket.once("secureConnect", () => clearTimeout(timer));
      socket.once("close", () => clearTimeout(timer));
    });
    outgoing.end(body);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(Buffer.from(chunk as Uint8Array));
  return {
    status: response.statusCode ?? 0,
    text: Buffer.concat(chunks).toString("utf8"),
    cookies: response.headers["set-cookie"] ?? [],
  };
}
