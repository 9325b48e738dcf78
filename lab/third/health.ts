import { readFile } from "node:fs/promises";
import type { LabLayout } from "../layout.ts";
import { nameserverApi, objectsHost, offsiteEndpoint, thirdAddresses, zone } from "../net/addresses.ts";
import { ask } from "../net/http.ts";
import { queryAddress, querySerial } from "../net/query.ts";
import { readSecret } from "../secrets/values.ts";
import type { Complaint } from "../site/health.ts";
import { prometheusEndpoint } from "./prometheus.ts";
import { mailEndpoint, webhooksEndpoint } from "./sink.ts";
import type { ThirdPart } from "./third.ts";

export function thirdProbes(layout: LabLayout): Readonly<Record<ThirdPart, () => Promise<Complaint>>> {
  return {
    objects: async () => {
      const ca = await readFile(layout.caCertificate, "utf8");
      const { status } = await ask(`${offsiteEndpoint}/healthz`, { ca });
      return status === 200 ? undefined : `HTTP ${status}`;
    },
    ns1: async () => {
      const key = await readSecret(layout.secrets, "powerdns-api-key");
      const { status } = await ask(`${nameserverApi}/api/v1/servers/localhost`, {
        headers: { "X-API-Key": key },
      });
      if (status !== 200) return `its API: HTTP ${status}`;
      await querySerial(zone, thirdAddresses.ns1);
      return undefined;
    },
    ns2: async () => {
      const [first, second] = await Promise.all([
        querySerial(zone, thirdAddresses.ns1),
        querySerial(zone, thirdAddresses.ns2),
      ]);
      return first === second ? undefined : `serves serial ${second}, ns1 has ${first}`;
    },
    resolver: async () => {
      const found = await queryAddress(objectsHost, thirdAddresses.resolver);
      return found.includes(thirdAddresses.objects) ? undefined : `answered ${found.join(" ") || "nothing"}`;
    },
    prometheus: async () => {
      const { status } = await ask(`${prometheusEndpoint}/-/ready`);
      return status === 200 ? undefined : `HTTP ${status}`;
    },
    mail: async () => {
      const { status } = await ask(`${mailEndpoint}/readyz`);
      return status === 200 ? undefined : `HTTP ${status}`;
    },
    webhooks: async () => {
      const { status } = await ask(webhooksEndpoint);
      return status === 200 ? undefined : `HTTP ${status}`;
    },
  };
}

export async function thirdComplaint(layout: LabLayout): Promise<Complaint> {
  for (const [part, probe] of Object.entries(thirdProbes(layout))) {
    const complaint = await probe().catch(String);
    if (complaint !== undefined) return `${part}: ${complaint}`;
  }
  return undefined;
}
