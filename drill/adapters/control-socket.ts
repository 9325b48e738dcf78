import { rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import {
  type ControlAnswer,
  type ControlRequest,
  controlAnswerSchema,
  parseControlRequest,
} from "../prober/control.ts";
import { messageOf, withDeadline } from "./deadline.ts";

/** Linux' limit for the path of a unix socket, with its closing zero. */
const pathMost = 107;
const requestBytesMost = 64 * 1024;

export interface ControlServer {
  close(): Promise<void>;
}

/** Answers one request line a connection. The socket's file is for root alone. */
export async function serveControl(
  path: string,
  handle: (request: ControlRequest) => Promise<ControlAnswer>,
): Promise<ControlServer> {
  if (Buffer.byteLength(path) > pathMost)
    throw new Error(`the control socket's path is longer than ${pathMost} bytes: ${path}`);
  await rm(path, { force: true }); // of an earlier start that was killed
  const server = createServer((socket) => {
    let text = "";
    socket.setEncoding("utf8");
    socket.on("error", () => socket.destroy()); // the asker went away: nobody is left to be told
    socket.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end >= 0) void answer(socket, text.slice(0, end), handle);
      else if (text.length > requestBytesMost) socket.destroy();
    });
  });
  await listen(server, path);
  return {
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const umask = process.umask(0o177);
    server.listen(path, () => resolve());
    process.umask(umask);
  });
}

async function answer(
  socket: Socket,
  line: string,
  handle: (request: ControlRequest) => Promise<ControlAnswer>,
): Promise<void> {
  const request = parseControlRequest(line);
  let reply: ControlAnswer;
  try {
    reply = "error" in request ? { ok: false, error: request.error } : await handle(request);
  } catch (error) {
    reply = { ok: false, error: messageOf(error) };
  }
  socket.end(`${JSON.stringify(reply)}\n`);
}

/** Asks a running prober. Rejects when there is none. */
export async function askControl(
  path: string,
  request: ControlRequest,
  timeoutMs: number,
  signal: AbortSignal | null,
): Promise<Extract<ControlAnswer, { ok: true }>> {
  const text = await withDeadline(timeoutMs, signal, (limit) => exchange(path, request, limit));
  const reply = controlAnswerSchema.parse(JSON.parse(text));
  if (!reply.ok) throw new Error(`prober: ${request.command}: ${reply.error}`);
  return reply;
}

function exchange(path: string, request: ControlRequest, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    let text = "";
    socket.setEncoding("utf8");
    signal.addEventListener("abort", () => socket.destroy(), { once: true });
    socket.on("connect", () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", reject);
    socket.on("close", () =>
      text.endsWith("\n") ? resolve(text) : reject(new Error("the prober ended without an answer")),
    );
  });
}
