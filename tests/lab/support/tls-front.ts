import { readFile } from "node:fs/promises";
import { type IncomingMessage, request, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import { type Authority, ensureLeaf } from "../../../lab/secrets/certificates.ts";
import { freeLoopback } from "./loopback.ts";

/** A server's own name, port and certificate, before one that listens elsewhere and without TLS. */
export interface Front {
  readonly address: string;
  stop(): Promise<void>;
}

/**
 * @param to where the server is, `http://127.0.0.1:1234`
 * @param path where the certificate goes, without ending
 */
export async function startFront(
  authority: Authority,
  {
    host,
    port,
    to,
    path,
  }: { readonly host: string; readonly port: number; readonly to: string; readonly path: string },
): Promise<Front> {
  const [address = ""] = await freeLoopback(1, port);
  await ensureLeaf(authority, { path, commonName: host, dns: [host] });
  const [cert, key] = await Promise.all([readFile(`${path}.crt`), readFile(`${path}.key`)]);
  const server = createServer({ cert, key }, (asked, answer) => pass(asked, answer, to));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  return {
    address,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** As it came, the name too: what is signed covers it. */
function pass(asked: IncomingMessage, answer: ServerResponse, to: string): void {
  const { method, url, rawHeaders } = asked;
  const onward = request(`${to}${url}`, { method, headers: rawHeaders }, (found) => {
    answer.writeHead(found.statusCode ?? 502, found.rawHeaders);
    found.pipe(answer);
  });
  onward.once("error", () => answer.destroy());
  asked.pipe(onward);
}
