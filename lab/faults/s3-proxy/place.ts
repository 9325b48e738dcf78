import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { execa } from "execa";
import type { LabLayout } from "../../layout.ts";
import { objectsHost, ports, siteNetworks, thirdAddresses } from "../../net/addresses.ts";
import { firstProcess, insideNetworkOf, insidePlace } from "../../place/place.ts";
import type { ProcessIdentity } from "../../place/processes.ts";
import type { RequestLine } from "./proxy.ts";
import type { Control } from "./rules.ts";

/** Not 18333: the store listens there for its own gRPC, ten thousand above its S3 port. */
const proxyPort = 19_833;
const table = "holdfast_s3_proxy";

/** Who is led through the proxy instead of to the store itself. */
export type Through = "primary" | "dr" | "operator";

const sources: Readonly<Record<Through, readonly string[]>> = {
  primary: [siteNetworks.primary.pods, siteNetworks.primary.node],
  dr: [siteNetworks.dr.pods, siteNetworks.dr.node],
  operator: ["198.18.0.1"],
};

export interface StoreProxy {
  control(control: Control): Promise<void>;
  /** What came through since it was opened. */
  requests(): Promise<readonly RequestLine[]>;
  /** Packets go to the store again, and the proxy ends. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * The proxy in the third place, and the packets of those named sent to it: same address, same certificate, so that
 * nothing at the clients changes. Connections that are open already keep going to the store.
 */
export async function openStoreProxy(layout: LabLayout, through: readonly Through[]): Promise<StoreProxy> {
  const third = await firstProcess(layout.place("third"));
  if (third === undefined) throw new Error("the third place does not run");
  await closeStoreProxy(layout); // what an earlier one left that was killed
  const folder = join(layout.root, "faults");
  await mkdir(folder, { recursive: true });
  const log = join(folder, "s3-proxy.jsonl");
  await writeFile(log, "");
  const secrets = layout.place("third").secrets;
  const settings = {
    cert: join(secrets, "tls.crt"),
    key: join(secrets, "tls.key"),
    ca: layout.caCertificate,
    listen: { address: thirdAddresses.objects, port: proxyPort },
    upstream: { address: thirdAddresses.objects, port: ports.objects, name: objectsHost },
    log,
  };
  const [file = "", ...words] = insideNetworkOf(third);
  const child = spawn(file, [
    ...words,
    process.execPath,
    join(import.meta.dirname, "main.ts"),
    JSON.stringify(settings),
  ]);
  const said = lines(child);
  try {
    await said.next("listening");
    await nft(third, renderRedirect(through));
  } catch (error) {
    child.stdin.end();
    throw error;
  }
  return {
    async control(control) {
      child.stdin.write(`${JSON.stringify(control)}\n`);
      await said.next("controlled");
    },
    async requests() {
      const text = await readFile(log, "utf8");
      return text
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as RequestLine);
    },
    async close() {
      await closeStoreProxy(layout);
      if (child.exitCode !== null) return;
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

/** Takes the redirection away, whoever made it; nothing to take away is fine. */
export async function closeStoreProxy(layout: LabLayout): Promise<void> {
  const third = await firstProcess(layout.place("third"));
  if (third === undefined) return;
  await nft(third, [`table inet ${table}`, `delete table inet ${table}`]);
  const { stdout } = await inThird(third, ["nft", "-a", "list", "chain", "inet", "holdfast", "input"]);
  for (const line of stdout.split("\n")) {
    const handle = /# handle (\d+)$/.exec(line)?.[1];
    if (line.includes(`dport ${proxyPort} `) && handle !== undefined)
      await inThird(third, ["nft", "delete", "rule", "inet", "holdfast", "input", "handle", handle]);
  }
}

export function renderRedirect(through: readonly Through[]): readonly string[] {
  const from = through.flatMap((who) => sources[who]).join(", ");
  return [
    `table inet ${table} {`,
    "  chain prerouting {",
    "    type nat hook prerouting priority dstnat;",
    `    ip saddr { ${from} } ip daddr ${thirdAddresses.objects} tcp dport ${ports.objects} dnat ip to ${thirdAddresses.objects}:${proxyPort}`,
    "  }",
    "}",
    // The place's own filter lets in what it lists and nothing else.
    `insert rule inet holdfast input ct status dnat ip daddr ${thirdAddresses.objects} tcp dport ${proxyPort} accept`,
  ];
}

function lines(child: ChildProcessWithoutNullStreams) {
  const iterator = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaint = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  return {
    async next(wanted: string): Promise<void> {
      const { value, done } = await iterator.next();
      if (done === true || value !== wanted)
        throw new Error(`the proxy said ${String(value)} instead of ${wanted}: ${complaint.slice(-500)}`);
    },
  };
}

async function nft(third: ProcessIdentity, rules: readonly string[]): Promise<void> {
  const [file = "", ...words] = insidePlace(third);
  await execa(file, [...words, "nft", "-f", "-"], { input: `${rules.join("\n")}\n` });
}

function inThird(third: ProcessIdentity, command: readonly string[]) {
  const [file = "", ...words] = insidePlace(third);
  return execa(file, [...words, ...command]);
}
