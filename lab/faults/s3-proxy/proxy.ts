import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, request, type Server } from "node:https";
import { Transform } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type Control, controlSchema, Decider, listingBefore, type Rule } from "./rules.ts";

export interface ProxyArgs {
  /** The proxy's own certificate, of the CA that the clients trust. */
  readonly cert: string;
  readonly key: string;
  readonly upstream: {
    readonly address: string;
    readonly port: number;
    readonly name: string;
    readonly ca: string;
  };
  /** Told of every request: what was asked and what was done to it. */
  readonly onRequest: (line: RequestLine) => void;
}

export interface RequestLine {
  readonly atMs: number;
  readonly method: string;
  readonly target: string;
  /** Name of the rule that fitted; null where the request just passed. */
  readonly rule: string | null;
  /** The store's own status, or the proxy's where it answered itself; 0 where there was none. */
  readonly status: number;
}

export interface StoreFaultProxy {
  readonly server: Server;
  control(control: Control): void;
}

/**
 * Between pgBackRest and the real store: TLS to both, headers passed on byte for byte so that signatures hold.
 * Whatever it is not told to harm goes to the store and comes back as the store answered.
 */
export function createProxy(args: ProxyArgs): StoreFaultProxy {
  let decider = new Decider(controlSchema.parse({ rules: [] }));
  const server = createServer({ cert: args.cert, key: args.key }, (incoming, outgoing) => {
    const { method = "", url = "" } = incoming;
    const rule = decider.decide(method, url);
    handle(args, rule, incoming, outgoing).then(
      (status) => args.onRequest({ atMs: Date.now(), method, target: url, rule: rule?.name ?? null, status }),
      (error: unknown) => {
        args.onRequest({ atMs: Date.now(), method, target: url, rule: rule?.name ?? null, status: 0 });
        outgoing.destroy(error instanceof Error ? error : undefined);
      },
    );
  });
  // A body that is held for minutes is the fault, not a client to be cut off.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.on("clientError", (_, socket) => socket.destroy());
  return {
    server,
    control(control) {
      decider = new Decider(controlSchema.parse(control));
    },
  };
}

async function handle(
  args: ProxyArgs,
  rule: Rule | null,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<number> {
  const action = rule?.action;
  if (action?.kind === "status") {
    for await (const _ of incoming); // the client has sent all before it reads the refusal
    const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${action.code}</Code><Message>injected by the fault proxy</Message></Error>`;
    outgoing.writeHead(action.status, { "content-type": "application/xml", "content-length": body.length });
    outgoing.end(body);
    return action.status;
  }
  if (action?.kind === "hold") await sleep(action.ms);
  if (action?.kind === "slow") await sleep(action.delayMs);
  const answer = await forward(args, incoming, action?.kind === "slow" ? action.bytesPerSecond : null);
  const status = answer.statusCode ?? 0;
  if (action?.kind === "list-before" && status === 200) {
    const chunks: Buffer[] = [];
    for await (const chunk of answer) chunks.push(chunk as Buffer);
    const body = Buffer.from(listingBefore(Buffer.concat(chunks).toString("utf8"), action.atMs));
    outgoing.writeHead(status, { ...withoutLength(answer), "content-length": body.length });
    outgoing.end(body);
    return status;
  }
  outgoing.writeHead(status, answer.rawHeaders);
  switch (status === 200 || status === 206 ? action?.kind : undefined) {
    case "slow":
      answer.pipe(throttle(action?.kind === "slow" ? action.bytesPerSecond : 1)).pipe(outgoing);
      break;
    case "reset":
      // resetAndDestroy works on the TCP socket below TLS; the client sees ECONNRESET, not an end.
      answer
        .pipe(cutAfter(action?.kind === "reset" ? action.afterBytes : 0, () => resetConnection(outgoing)))
        .pipe(outgoing);
      break;
    case "truncate":
      answer
        .pipe(cutAfter(action?.kind === "truncate" ? action.keepBytes : 0, () => outgoing.socket?.end()))
        .pipe(outgoing);
      break;
    case "garble":
      answer.pipe(garble(action?.kind === "garble" ? action.at : 0)).pipe(outgoing);
      break;
    default:
      answer.pipe(outgoing);
  }
  answer.on("error", () => outgoing.destroy());
  return status;
}

function forward(
  { upstream }: ProxyArgs,
  incoming: IncomingMessage,
  bytesPerSecond: number | null,
): Promise<IncomingMessage> {
  // A client that left while it was held: its body never ends, and nobody would hear of it.
  if (incoming.destroyed) return Promise.reject(new Error("the client has left"));
  return new Promise((resolve, reject) => {
    const onward = request({
      host: upstream.address,
      port: upstream.port,
      servername: upstream.name,
      ca: upstream.ca,
      agent: false,
      method: incoming.method ?? "GET",
      path: incoming.url ?? "/",
      setHost: false,
      headers: incoming.rawHeaders,
    });
    onward.on("response", resolve).on("error", reject);
    incoming.on("error", (error) => onward.destroy(error));
    // A client that left half way must not leave a whole object.
    incoming.on("close", () => incoming.complete || onward.destroy());
    (bytesPerSecond === null ? incoming : incoming.pipe(throttle(bytesPerSecond))).pipe(onward);
  });
}

function withoutLength(answer: IncomingMessage): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(answer.headers).filter(
      (entry): entry is [string, string | string[]] =>
        entry[1] !== undefined && !["content-length", "transfer-encoding"].includes(entry[0]),
    ),
  );
}

function throttle(bytesPerSecond: number): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      sleep((chunk.length / bytesPerSecond) * 1000).then(() => done(null, chunk), done);
    },
  });
}

function cutAfter(bytes: number, cut: () => void): Transform {
  let left = bytes;
  let isCut = false;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      if (isCut) return done();
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (part.length === chunk.length) return done(null, part);
      isCut = true;
      this.push(part);
      // What was pushed has to be on its way before the connection goes.
      setTimeout(cut, 50);
      done();
    },
    flush(done) {
      if (!isCut) done();
    },
  });
}

function garble(at: number): Transform {
  let position = 0;
  return new Transform({
    transform(chunk: Buffer, _, done) {
      const copy = Buffer.from(chunk);
      const here = at - position;
      if (here >= 0 && here < copy.length) copy[here] = (copy[here] ?? 0) ^ 0xff;
      position += copy.length;
      done(null, copy);
    },
  });
}

function resetConnection(outgoing: ServerResponse): void {
  const { socket } = outgoing;
  if (socket === null) return;
  const inner: unknown = Reflect.get(socket, "_parent");
  if (hasReset(inner)) inner.resetAndDestroy();
  else socket.destroy();
}

function hasReset(value: unknown): value is { resetAndDestroy(): void } {
  return typeof value === "object" && value !== null && "resetAndDestroy" in value;
}

export function readPem(file: string): string {
  return readFileSync(file, "utf8");
}
