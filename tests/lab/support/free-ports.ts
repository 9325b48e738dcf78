import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Below Linux's ports for outgoing connections (32768 and up): none of them can take one between the look and the use. */
const [lowest, highest] = [12_000, 22_000];

/**
 * So many different ports of 127.0.0.1 that nobody listens on.
 * @param beside distances of further ports that a program takes by itself, each of them below 10,001
 */
export async function freePorts(count: number, beside: readonly number[] = []): Promise<readonly number[]> {
  const found: number[] = [];
  for (let tries = 0; tries < 1_000 && found.length < count; tries++) {
    const port = randomInt(lowest, highest);
    if (found.includes(port)) continue;
    const all = [port, ...beside.map((distance) => port + distance)];
    if ((await Promise.all(all.map(isFree))).every(Boolean)) found.push(port);
  }
  if (found.length < count) throw new Error(`no ${count} free ports from ${lowest} to ${highest}`);
  return found;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const listener = createServer();
    listener.once("error", () => resolve(false));
    listener.listen(port, "127.0.0.1", () => listener.close(() => resolve(true)));
  });
}
