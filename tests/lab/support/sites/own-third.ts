import { copyFile, readFile } from "node:fs/promises";
import path from "node:path";
import { tool } from "../../../../lab/toolchain/index.ts";
import { freeLoopback } from "../loopback.ts";
import { startNameServer } from "../name-server.ts";
import { startFront } from "../tls-front.ts";
import { startWeed, type WeedIdentity } from "../weed.ts";
import { controlBucket, type identities, type ThirdArgs, type ThirdPlace } from "./third.ts";

/** A SeaweedFS and a PowerDNS under the names that the example has for them, behind certificates of a CA of one's own. */
export async function startOwnThird({ home, secrets, authority, undo }: ThirdArgs): Promise<ThirdPlace> {
  const addresses = await freeLoopback(2, 53);
  const [{ path: weedProgram }, others] = await Promise.all([tool("seaweedfs"), identitiesOf(secrets)]);
  const weed = await startWeed(weedProgram, others);
  undo.add(weed.stop);
  const names = await startNameServer(addresses);
  undo.add(names.stop);
  await copyFile(names.keyFile, path.join(secrets, "powerdns-api-key"));
  await copyFile(`${authority.path}.crt`, path.join(secrets, "offsite-ca.crt"));
  for (const [host, port, to] of [
    ["offsite.example.com", 9000, weed.endpoint],
    ["dns.example.com", 8081, names.api],
  ] as const) {
    const front = await startFront(authority, { host, port, to, path: path.join(home.root, host) });
    undo.add(front.stop);
    home.hosts[host] = front.address;
  }
  // PowerDNS's client has no CA in the stack file: it is the surroundings' (Node's own setting).
  home.environment.NODE_EXTRA_CA_CERTS = `${authority.path}.crt`;
  return {
    edits: [
      [/192\.0\.2\.53/u, addresses[0] ?? ""],
      [/192\.0\.2\.54/u, addresses[1] ?? ""],
    ],
    store: weed.store,
    names,
    // Made with the store, by the administrator of the store: see identitiesOf.
    async issueKeys() {},
  };
}

/** `holdfast iam --dir examples/on-premises`, by the next coarser rights that the store has. */
async function identitiesOf(secrets: string): Promise<readonly WeedIdentity[]> {
  const repository = "example-holdfast-repository";
  const records = "example-holdfast-records";
  const documents = "example-holdfast-documents";
  const on = (buckets: readonly string[], actions: readonly string[]) =>
    buckets.flatMap((bucket) => actions.map((action) => `${action}:${bucket}`));
  const write = ["Read", "Write", "List"];
  const rights: Readonly<Record<"admin" | (typeof identities)[number], readonly string[]>> = {
    admin: ["Admin", "Read", "Write", "List", "Tagging"],
    writer: on([repository, controlBucket], write),
    reader: on([repository, controlBucket, records, documents], ["Read", "List"]),
    recorder: on([records], write),
    documents: on([documents], write),
  };
  return Promise.all(
    Object.entries(rights).map(async ([name, actions]) => {
      const [accessKey, secretKey] = await Promise.all(
        ["key", "secret"].map((kind) => readFile(path.join(secrets, `offsite-${name}.${kind}`), "utf8")),
      );
      return { name, credentials: [{ accessKey: accessKey ?? "", secretKey: secretKey ?? "" }], actions };
    }),
  );
}
