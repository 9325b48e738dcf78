import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import type { ComponentResource, Input } from "@pulumi/pulumi";
import type { DatabasePlan } from "../../plan/types.ts";
import { childOpts } from "../child-opts.ts";
import { labelsOf, selectorOf, skipAwait } from "../labels.ts";
import { paths } from "./paths.ts";

/**
 * PostgreSQL for everybody, and pgBackRest's server for backup jobs: two
 * services, because a node port opens every port of its service.
 */
export function makeServices(
  parent: ComponentResource,
  name: string,
  plan: Pick<DatabasePlan, "name" | "port" | "nodePort">,
  namespace: Input<string>,
): void {
  const labels = labelsOf(plan.name);
  const selector = selectorOf(plan.name);
  const nodePort = plan.nodePort;
  new Service(
    name,
    {
      metadata: { name: plan.name, namespace, labels, annotations: { ...skipAwait } },
      spec: {
        selector,
        type: nodePort === null ? "ClusterIP" : "NodePort",
        ports: [
          {
            name: "postgresql",
            port: plan.port,
            targetPort: "postgresql",
            ...(nodePort === null ? {} : { nodePort }),
          },
        ],
      },
    },
    childOpts(parent),
  );
  new Service(
    `${name}-pgbackrest`,
    {
      metadata: { name: paths.serverName, namespace, labels, annotations: { ...skipAwait } },
      spec: { selector, ports: [{ name: "pgbackrest", port: paths.serverPort, targetPort: "pgbackrest" }] },
    },
    childOpts(parent),
  );
}
