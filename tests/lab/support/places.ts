import { execa } from "execa";
import { defaultLabRoot, type LabLayout, labLayout } from "../../../lab/layout.ts";
import type { PlaceName } from "../../../lab/net/addresses.ts";
import { firstProcess, insideNetworkOf } from "../../../lab/place/place.ts";

export const layout: LabLayout = labLayout(process.env.HOLDFAST_LAB ?? defaultLabRoot);

/** Where a packet starts from. */
export type Origin = PlaceName | "operator";

export interface Target {
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
}

/** Runs a command in that network, on the machine's file system. */
export async function runAt(origin: Origin, command: readonly string[]): Promise<string> {
  const [file, ...args] = [...(await wordsBefore(origin)), ...command];
  if (file === undefined) throw new Error("no command");
  return (await execa(file, args)).stdout;
}

async function wordsBefore(origin: Origin): Promise<readonly string[]> {
  if (origin === "operator") return [];
  const first = await firstProcess(layout.place(origin));
  if (first === undefined) throw new Error(`${origin} does not run: the lab's tests need the lab (make lab)`);
  return insideNetworkOf(first);
}

/**
 * For each target "open", the error's code, or "silent" after five seconds, in which a first packet that was lost is
 * sent anew twice; for UDP "sent" or the code.
 */
export async function knock(origin: Origin, targets: readonly Target[]): Promise<readonly string[]> {
  const found = await runAt(origin, [process.execPath, "-e", knocker, JSON.stringify(targets)]);
  return JSON.parse(found) as string[];
}

const knocker = `
const [net, dgram] = [require("node:net"), require("node:dgram")];
const tcp = ({ address, port }) => new Promise((resolve) => {
  const socket = net.connect({ host: address, port, timeout: 5000 });
  const end = (word) => { socket.destroy(); resolve(word); };
  socket.on("connect", () => end("open")).on("timeout", () => end("silent")).on("error", (e) => end(e.code));
});
const udp = ({ address, port }) => new Promise((resolve) => {
  const socket = dgram.createSocket("udp4");
  socket.send("x", port, address, (e) => { socket.close(); resolve(e ? e.code : "sent"); });
});
Promise.all(JSON.parse(process.argv[1]).map((t) => (t.protocol === "tcp" ? tcp(t) : udp(t))))
  .then((words) => console.log(JSON.stringify(words)));
`;
