import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface AskOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** @default "GET" */
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  /** @default 2000 */
  readonly timeoutMs?: number;
}

/**
 * Over a connection of its own, under the lab's CA rather than the machine's:
 * a pooled connection would go on answering for a place that was started anew.
 */
export function ask(url: string, { timeoutMs = 2000, ...options }: AskOptions = {}): Promise<Answer> {
  const request = url.startsWith("https:") ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { ...options, agent: false, timeout: timeoutMs }, (incoming) => {
      let body = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (chunk: string) => {
        body += chunk;
      });
      incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, body }));
      incoming.on("error", reject);
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`${url}: no answer within ${timeoutMs} ms`)));
    outgoing.on("error", reject);
    outgoing.end();
  });
}
