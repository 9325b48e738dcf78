import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service as KubernetesService } from "@pulumi/kubernetes/core/v1/service.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  mergeOptions,
  type Output,
  output,
} from "@pulumi/pulumi";
import { childOpts } from "../child-opts.ts";
import { digestOf } from "../digest.ts";
import { labelsOf, selectorOf, skipAwait } from "../labels.ts";
import { makeVolume } from "../volume.ts";
import type { Files, ServiceArgs, ServiceFiles } from "./service-args.ts";
import { servicePod } from "./service-pod.ts";

/** One service of the site, built-in or the user's own: everything is in its plan, and in what only its kind has. */
export class Service extends ComponentResource {
  readonly deployment: Deployment;
  /** Null where it has no port. */
  readonly service: KubernetesService | null;

  constructor(name: string, args: ServiceArgs, opts: ComponentResourceOptions) {
    const former = args.parts?.formerType;
    const aliases = former === undefined ? {} : { aliases: [{ type: former }] };
    super("holdfast:services:Service", name, {}, mergeOptions(opts, aliases));
    const names = this.makeFiles(name, args);
    this.deployment = this.makeDeployment(name, args, names);
    this.service = this.makeService(name, args);
    this.makeBudget(name, args);
    this.makePolicy(name, args);
    this.registerOutputs({});
  }

  /** Secrets, texts and the volume; null where the service has none of a kind. */
  private makeFiles(name: string, args: ServiceArgs): ServiceFiles {
    const { plan, namespace, parts } = args;
    const labels = labelsOf(plan.name);
    const secret = (suffix: string, data: Files): Output<string> =>
      new Secret(
        `${name}-${suffix}`,
        { metadata: { name: `${plan.name}-${suffix}`, namespace, labels }, stringData: data },
        childOpts(this, { secretOutputs: ["data", "stringData"] }),
      ).metadata.name;
    const texts = (suffix: string, data: Input<Readonly<Record<string, string>>>): Output<string> =>
      new ConfigMap(
        `${name}-${suffix}`,
        { metadata: { name: `${plan.name}-${suffix}`, namespace, labels }, data },
        childOpts(this),
      ).metadata.name;
    const environment = secretEnvironmentOf(args);
    const { secretFiles, textFiles, volume } = parts ?? {};
    const contents = Object.values(plan.files);
    const keyed = Object.fromEntries(contents.map((text, index) => [`file-${index}`, text]));
    return {
      environment: environment === null ? null : secret("env", environment),
      config: secretFiles === undefined ? null : secret("config", secretFiles.files),
      texts: textFiles === undefined ? null : texts(textFiles.suffix, textFiles.files),
      files: contents.length === 0 ? null : texts("files", keyed),
      claim:
        volume === undefined ? null : makeVolume(this, name, volume.plan, namespace, labels).metadata.name,
      digest: digestOfFiles([environment, secretFiles?.files, textFiles?.files], keyed, parts?.digest),
    };
  }

  private makeDeployment(name: string, args: ServiceArgs, files: ServiceFiles): Deployment {
    const { plan, namespace, timeoutSeconds, after } = args;
    return new Deployment(
      name,
      {
        metadata: {
          name: plan.name,
          namespace,
          labels: labelsOf(plan.name),
          annotations: plan.awaited ? {} : { ...skipAwait },
        },
        spec: {
          replicas: plan.replicas,
          strategy: { type: plan.strategy },
          selector: { matchLabels: selectorOf(plan.name) },
          // Kubernetes' own idea of "it does not come" must not be shorter than the budget.
          progressDeadlineSeconds: timeoutSeconds,
          template: servicePod(args, files),
        },
      },
      childOpts(this, { timeoutSeconds, ...(after === undefined ? {} : { dependsOn: after }) }),
    );
  }

  private makeService(name: string, { plan, namespace }: ServiceArgs): KubernetesService | null {
    if (plan.port === null) return null;
    const { name: portName, service, nodePort } = plan.port;
    const port = { name: portName, port: service, targetPort: portName };
    return new KubernetesService(
      name,
      {
        metadata: { name: plan.name, namespace, labels: labelsOf(plan.name), annotations: { ...skipAwait } },
        spec: {
          selector: selectorOf(plan.name),
          ...(plan.openTo === "world" ? { type: nodePort === null ? "ClusterIP" : "NodePort" } : {}),
          ports: [nodePort === null ? port : { ...port, nodePort }],
        },
      },
      childOpts(this),
    );
  }

  /** One pod at a time may be taken away: a node with the only one can still be emptied. */
  private makeBudget(name: string, { plan, namespace }: ServiceArgs): void {
    new PodDisruptionBudget(
      name,
      {
        metadata: { name: plan.name, namespace, labels: labelsOf(plan.name) },
        spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(plan.name) } },
      },
      childOpts(this),
    );
  }

  /** Its port and nothing else; to this site's own pods, the gateway's to everybody. */
  private makePolicy(name: string, { plan, namespace }: ServiceArgs): void {
    const ports = plan.port === null ? [] : [{ protocol: "TCP", port: plan.port.container }];
    const site = { podSelector: { matchLabels: { "app.kubernetes.io/part-of": "holdfast" } } };
    const from = plan.openTo === "world" ? {} : { from: [site] };
    new NetworkPolicy(
      name,
      {
        metadata: { name: plan.name, namespace, labels: labelsOf(plan.name) },
        spec: {
          podSelector: { matchLabels: selectorOf(plan.name) },
          policyTypes: ["Ingress"],
          ingress: ports.length === 0 ? [] : [{ ports, ...from }],
        },
      },
      childOpts(this),
    );
  }
}

function secretEnvironmentOf({ plan, password, secrets }: ServiceArgs): Files | null {
  const values: Record<string, Output<string>> = {};
  for (const [name, ref] of Object.entries(plan.secretEnv)) values[name] = secrets(ref);
  if (password !== undefined) values.PGPASSWORD = password;
  return Object.keys(values).length === 0 ? null : all(values);
}

function digestOfFiles(
  files: readonly (Files | null | undefined)[],
  plain: Readonly<Record<string, string>>,
  other: Input<string> = "",
): Output<string> {
  const given = files.filter((each) => each !== null && each !== undefined);
  return all([all(given), output(other)]).apply(([texts, digest]) =>
    digestOf({ ...plain, ...Object.assign({}, ...texts), other: digest }),
  );
}
