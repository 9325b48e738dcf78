import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LabArtefacts } from "../artefacts.ts";
import { prometheusProgram, prometheusPrograms } from "../images/prometheus-root.ts";
import type { LabLayout } from "../layout.ts";
import { objectsHost, routesToPods, thirdAddresses } from "../net/addresses.ts";
import { renderOpenings, thirdOpenings } from "../net/rules.ts";
import type { PlaceSpec } from "../place/place.ts";
import { type OffsiteIdentity, offsiteIdentities, readSecret } from "../secrets/values.ts";
import { renderHosts, renderResolvConf } from "../site/dns.ts";
import { nameserverPart, renderNameserver, renderZone } from "./nameservers.ts";
import {
  type Credentials,
  objectsPart,
  renderIdentities,
  renderStoreMaster,
  renderStoreSecurity,
} from "./objects.ts";
import { prometheusPart, renderPrometheus } from "./prometheus.ts";
import { renderResolver, resolverPart } from "./resolver.ts";
import { mailPart, webhooksPart } from "./sink.ts";

export const thirdPartNames = [
  "objects",
  "ns1",
  "ns2",
  "resolver",
  "prometheus",
  "mail",
  "webhooks",
] as const;
export type ThirdPart = (typeof thirdPartNames)[number];

/** Folders of the third place's disk. Path inside -> name. */
const diskFolders = {
  "/var/lib/seaweedfs": "objects",
  "/var/lib/powerdns/ns1": "ns1",
  "/var/lib/powerdns/ns2": "ns2",
  "/var/lib/prometheus": "prometheus",
} as const;

export async function thirdSpec(layout: LabLayout, artefacts: LabArtefacts): Promise<PlaceSpec> {
  const place = layout.place("third");
  const secret = (name: string): Promise<string> => readSecret(layout.secrets, name);
  const [apiKey, sseKey, credentials] = await Promise.all([
    secret("powerdns-api-key"),
    secret("third/sse-key"),
    offsiteCredentials(layout),
  ]);
  return {
    name: "third",
    addresses: Object.values(thirdAddresses),
    routes: routesToPods(),
    forwards: false,
    siteRoot: artefacts.siteRoot,
    binds: {
      "/etc/holdfast/secrets": place.secrets,
      "/etc/seaweedfs": join(place.etc, "seaweedfs"),
      "/usr/local/bin/weed": artefacts.bin("seaweedfs"),
      "/usr/local/bin/mailpit": artefacts.bin("mailpit"),
      ...Object.fromEntries(
        Object.entries(diskFolders).map(([path, name]) => [path, join(place.disk, name)]),
      ),
    },
    readOnlyBinds: Object.fromEntries(
      prometheusPrograms.map((name) => [
        `/usr/local/bin/${name}`,
        prometheusProgram(artefacts.prometheusRoot, name),
      ]),
    ),
    links: { "/usr/local/bin/webhook-sink": "mailpit" },
    files: {
      "ca.crt": await readFile(layout.caCertificate, "utf8"),
      "resolv.conf": renderResolvConf(),
      hosts: renderHosts({ third: thirdAddresses.objects, [objectsHost]: thirdAddresses.objects }),
      "firewall.nft": renderOpenings(thirdOpenings),
      "seaweedfs/security.toml": renderStoreSecurity(sseKey),
      "seaweedfs/master.toml": renderStoreMaster(),
      "seaweedfs/identities.json": renderIdentities(credentials),
      "ns1/pdns-ns1.conf": renderNameserver("ns1", apiKey),
      "ns1/zone.sql": renderZone("ns1"),
      "ns2/pdns-ns2.conf": renderNameserver("ns2", apiKey),
      "ns2/zone.sql": renderZone("ns2"),
      "unbound.conf": renderResolver(),
      "prometheus.yml": renderPrometheus(),
      "secrets/.keep": "",
    },
    parts: {
      objects: objectsPart(),
      ns1: nameserverPart("ns1"),
      ns2: nameserverPart("ns2"),
      resolver: resolverPart,
      prometheus: prometheusPart(),
      mail: mailPart(),
      webhooks: webhooksPart(),
    },
    // The packet filter first: no part ever listens without it.
    setup: "nft -f /etc/holdfast/firewall.nft\n",
  };
}

export async function ensureThirdDisk(layout: LabLayout): Promise<void> {
  const { disk } = layout.place("third");
  for (const name of Object.values(diskFolders)) await mkdir(join(disk, name), { recursive: true });
}

export async function offsiteCredentials(layout: LabLayout): Promise<Record<OffsiteIdentity, Credentials>> {
  const entries = offsiteIdentities.map(async (name) => {
    const [accessKey, secretKey] = await Promise.all([
      readSecret(layout.secrets, `offsite-${name}.key`),
      readSecret(layout.secrets, `offsite-${name}.secret`),
    ]);
    return [name, { accessKey, secretKey }] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<OffsiteIdentity, Credentials>;
}
