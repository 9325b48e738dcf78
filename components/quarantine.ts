import type { types } from "@pulumi/kubernetes";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { ComponentResource, Input } from "@pulumi/pulumi";
import type { QuarantinePlan } from "../plan/types.ts";
import { childOpts } from "./child-opts.ts";
import { labelsOf } from "./labels.ts";

/**
 * Applications reach each other, their database and store, the name servers, and
 * what the plan lists. Everything else is dropped by the cluster's network.
 */
export function makeQuarantine(
  parent: ComponentResource,
  plan: QuarantinePlan,
  namespace: Input<string>,
): NetworkPolicy {
  const metadata = { name: plan.name, namespace, labels: labelsOf(plan.name) };
  return new NetworkPolicy("quarantine", { metadata, spec: quarantineSpec(plan) }, childOpts(parent));
}

export function quarantineSpec(plan: QuarantinePlan): types.input.networking.v1.NetworkPolicySpec {
  const { exempt, nameServers, allowed } = plan;
  return {
    podSelector: {
      matchExpressions: [{ key: "app.kubernetes.io/name", operator: "NotIn", values: [...exempt] }],
    },
    policyTypes: ["Egress"],
    egress: [
      { to: [{ podSelector: {} }] },
      {
        to: [{ namespaceSelector: {} }, ...nameServers.map((address) => ({ ipBlock: blockOf(address) }))],
        ports: (["UDP", "TCP"] as const).map((protocol) => ({ protocol, port: 53 })),
      },
      ...allowed.map(({ address, port }) => ({
        to: [{ ipBlock: blockOf(address) }],
        ports: [{ protocol: "TCP", port }],
      })),
    ],
  };
}

const blockOf = (address: string) => ({ cidr: `${address}/32` });
