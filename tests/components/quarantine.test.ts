// Shows: the network policy of a quarantine as it is registered. That kube-router obeys it is tests/lab's.
import { expect, test } from "vitest";
import { deploy, one, type TermState } from "./deploy.ts";

const promoted: TermState = { epoch: 2, activeSite: "dr", sourceEpoch: 1 };
const asActive = { "site.role": "active", "site.handover": 1 };
const policy = "kubernetes:networking.k8s.io/v1:NetworkPolicy";

test("applications reach their own site, the name servers and the offsite store, and nothing else", async () => {
  const { resources } = await deploy("dr", promoted, { ...asActive, "site.quarantine": true });
  const { inputs } = one(resources, policy, "quarantine");
  expect(inputs.spec).toEqual({
    podSelector: {
      matchExpressions: [
        {
          key: "app.kubernetes.io/name",
          operator: "NotIn",
          values: ["database", "objects", "documents", "backup"],
        },
      ],
    },
    policyTypes: ["Egress"],
    egress: [
      { to: [{ podSelector: {} }] },
      {
        to: [
          { namespaceSelector: {} },
          { ipBlock: { cidr: "198.18.0.12/32" } },
          { ipBlock: { cidr: "169.254.20.10/32" } },
        ],
        ports: [
          { protocol: "UDP", port: 53 },
          { protocol: "TCP", port: 53 },
        ],
      },
      { to: [{ ipBlock: { cidr: "198.18.0.20/32" } }], ports: [{ protocol: "TCP", port: 8333 }] },
    ],
  });
});

test("an active site that is not in quarantine has no such policy", async () => {
  const { resources } = await deploy("dr", promoted, asActive);
  expect(resources.filter(({ type, name }) => type === policy && name === "quarantine")).toEqual([]);
});
