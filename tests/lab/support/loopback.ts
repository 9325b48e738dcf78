import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";

/** So many addresses of 127/8 whose port nobody has: names of the examples lead there, by the ports that they name. */
export async function freeLoopback(count: number, port: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (let tries = 0; tries < 100 && found.length < count; tries++) {
    // Beyond 127.0/16, where a machine's own resolvers and the like are.
    const address = `127.${randomInt(64, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
    if ((await isFree("tcp", address, port)) && (await isFree("udp", address, port))) found.push(address);
  }
  if (found.length < count) throw new Error(`no ${count} addresses of 127/8 with a free port ${port}`);
  return found;
}

function isFree(protocol: "tcp" | "udp", host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    if (protocol === "udp") {
      const socket = createSocket("udp4");
      socket.once("error", () => resolve(false));
      socket.bind(port, host, () => socket.close(() => resolve(true)));
      return;
    }
    const listener = createServer();
    listener.once("error", () => resolve(false));
    listener.listen(port, host, () => listener.close(() => resolve(true)));
  });
}
