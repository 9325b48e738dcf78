import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import type { Site } from "../../contract/stack.ts";
import type { GatewayPlan } from "../../plan/types.ts";
import { childOpts } from "../child-opts.ts";
import { digestOf } from "../digest.ts";
import { configAnnotation, labelsOf, selectorOf, skipAwait } from "../labels.ts";
import { containerSecurity, podSecurity } from "../pod-security.ts";
import { toRequirements } from "../resources.ts";
import type { SiteTerm } from "../term.ts";
import { renderNginxConf } from "./nginx-conf.ts";

/** The image's nginx user; it listens above 1024. */
const nginxUid = 101;

export interface GatewayArgs {
  readonly plan: GatewayPlan;
  readonly site: Site;
  readonly term: SiteTerm;
  readonly namespace: Input<string>;
  readonly namespaceName: string;
  readonly tlsSecret: Input<string>;
  /** nginx does not start while a host it forwards to has no address in DNS. */
  readonly after: readonly Resource[];
  readonly timeoutSeconds: number;
}

/** The one door of a site: TLS, host routing, and who answered. */
export class Gateway extends ComponentResource {
  readonly deployment: Deployment;

  constructor(name: string, args: GatewayArgs, opts: ComponentResourceOptions) {
    super("holdfast:services:Gateway", name, {}, opts);
    const conf = this.renderConf(args);
    const configMap = this.makeConfig(name, args, conf);
    this.deployment = this.makeDeployment(name, args, configMap, conf);
    this.makeService(name, args);
    this.registerOutputs({});
  }

  private renderConf({ plan, site, term, namespaceName }: GatewayArgs): Output<string> {
    return term.epoch.apply((epoch) => renderNginxConf(plan, { site, epoch, namespace: namespaceName }));
  }

  private makeConfig(name: string, { plan, namespace }: GatewayArgs, conf: Output<string>): ConfigMap {
    return new ConfigMap(
      `${name}-config`,
      {
        metadata: { name: `${plan.name}-config`, namespace, labels: labelsOf(plan.name) },
        data: { "holdfast.conf": conf },
      },
      childOpts(this),
    );
  }

  private makeDeployment(
    name: string,
    args: GatewayArgs,
    configMap: ConfigMap,
    conf: Output<string>,
  ): Deployment {
    const { plan, namespace, tlsSecret, after, timeoutSeconds } = args;
    return new Deployment(
      name,
      {
        metadata: { name: plan.name, namespace, labels: labelsOf(plan.name) },
        spec: {
          replicas: plan.replicas,
          selector: { matchLabels: selectorOf(plan.name) },
          template: {
            metadata: {
              labels: labelsOf(plan.name),
              annotations: { [configAnnotation]: conf.apply((text) => digestOf({ text })) },
            },
            spec: {
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: podSecurity(nginxUid),
              containers: [
                {
                  name: "nginx",
                  image: plan.image,
                  imagePullPolicy: "IfNotPresent",
                  command: ["nginx", "-e", "stderr", "-g", "daemon off;"],
                  ports: [{ name: "https", containerPort: 8443 }],
                  readinessProbe: {
                    httpGet: { path: "/healthz", port: "https", scheme: "HTTPS" },
                    periodSeconds: 1,
                  },
                  securityContext: containerSecurity,
                  resources: toRequirements(plan.resources),
                  volumeMounts: [
                    { name: "tmp", mountPath: "/tmp" },
                    { name: "config", mountPath: "/etc/nginx/conf.d", readOnly: true },
                    { name: "tls", mountPath: "/holdfast/tls", readOnly: true },
                  ],
                },
              ],
              volumes: [
                { name: "tmp", emptyDir: {} },
                { name: "config", configMap: { name: configMap.metadata.name } },
                { name: "tls", secret: { secretName: tlsSecret, defaultMode: 0o440 } },
              ],
            },
          },
        },
      },
      childOpts(this, { dependsOn: after, timeoutSeconds }),
    );
  }

  private makeService(name: string, { plan, namespace }: GatewayArgs): Service {
    const nodePort = plan.nodePort;
    return new Service(
      name,
      {
        metadata: { name: plan.name, namespace, labels: labelsOf(plan.name), annotations: { ...skipAwait } },
        spec: {
          selector: selectorOf(plan.name),
          type: nodePort === null ? "ClusterIP" : "NodePort",
          ports: [
            { name: "https", port: 443, targetPort: "https", ...(nodePort === null ? {} : { nodePort }) },
          ],
        },
      },
      childOpts(this),
    );
  }
}
