import type { types } from "@pulumi/kubernetes";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  output,
  type Resource,
} from "@pulumi/pulumi";
import type { DocumentsPlan, IdentityRef, SecretRef } from "../../plan/types.ts";
import { childOpts } from "../child-opts.ts";
import { resolveIdentity } from "../database/all-configs.ts";
import { digestOf } from "../digest.ts";
import { textfileExporter, webArguments } from "../exporter-command.ts";
import { accountSpec, makeIdentity, type PodIdentity, tokenMounts, tokenVolumes } from "../identity.ts";
import { configAnnotation, labelsOf, selectorOf, skipAwait } from "../labels.ts";
import { containerSecurity, podSecurity } from "../pod-security.ts";
import type { ResolveSecret } from "../secrets.ts";
import type { Filestore } from "./filestore.ts";
import { documentPaths } from "./paths.ts";
import { rcloneEnvironment, renderRcloneConf } from "./rclone-conf.ts";
import { readDocumentScripts } from "./scripts.ts";

type Container = types.input.core.v1.Container;
type Files = Output<Record<string, string>>;

/** Any number: nothing in the pod belongs to a user of the image. */
const uid = 1000;

export interface DocumentsArgs {
  readonly plan: DocumentsPlan;
  readonly site: string;
  readonly database: { readonly host: string; readonly port: number; readonly name: string };
  /** Of the plan's role. */
  readonly checkPassword: Input<string>;
  /** Of the copy's bucket in the site's own store. */
  readonly siteKeys: { readonly accessKey: Output<string>; readonly secretKey: Output<string> };
  readonly authorities: { readonly offsite: SecretRef; readonly site: SecretRef };
  /** What has to be there before the copying starts. */
  readonly after: readonly Resource[];
  readonly namespace: Input<string>;
  readonly tlsSecret: Input<string>;
  readonly secrets: ResolveSecret;
}

/**
 * Files that rows of the database only name. What is pushed by the pods that own
 * them (`filestore`) is copied from the third place into this site's own store,
 * in a standby too; the active site also checks a sample of rows against it.
 */
export class Documents extends ComponentResource {
  /** For the pods of services that keep files. */
  readonly filestore: Filestore;

  constructor(name: string, args: DocumentsArgs, opts: ComponentResourceOptions) {
    super("holdfast:documents:Documents", name, {}, opts);
    const scripts = readDocumentScripts();
    const ofServices = renderFiles(args, args.plan.offsite.ofServices);
    const ofCopy = renderFiles(args, args.plan.offsite.reader);
    const scriptsMap = this.makeScripts(name, args, scripts);
    const account = (kind: keyof DocumentsPlan["accounts"]): PodIdentity | null =>
      makeIdentity(this, `${name}-${kind}-account`, args.plan.accounts[kind], args.namespace, args.plan.name);
    this.filestore = {
      plan: args.plan,
      site: args.site,
      scriptsMap,
      identity: account("files"),
      configSecret: this.makeSecret(`${name}-service`, args, ofServices),
      digest: ofServices.apply((files) => digestOf({ ...files, ...scripts })),
    };
    this.makeDeployment(name, args, {
      scriptsMap,
      identity: account("copy"),
      configSecret: this.makeSecret(`${name}-copy`, args, ofCopy),
      ...(args.plan.pushes ? { passwordSecret: this.makePassword(name, args) } : {}),
      digest: ofCopy.apply((files) => digestOf({ ...files, ...scripts })),
    });
    this.makeService(name, args);
    this.registerOutputs({});
  }

  private makeScripts(
    name: string,
    { plan, namespace }: DocumentsArgs,
    scripts: Readonly<Record<string, string>>,
  ): Output<string> {
    return new ConfigMap(
      `${name}-scripts`,
      {
        metadata: { name: `${plan.name}-scripts`, namespace, labels: labelsOf(plan.name) },
        data: { ...scripts },
      },
      childOpts(this),
    ).metadata.name;
  }

  private makeSecret(name: string, { plan, namespace }: DocumentsArgs, stringData: Files): Output<string> {
    return new Secret(
      name,
      { metadata: { name, namespace, labels: labelsOf(plan.name) }, stringData },
      childOpts(this, { secretOutputs: ["data", "stringData"] }),
    ).metadata.name;
  }

  private makePassword(name: string, args: DocumentsArgs): Output<string> {
    const files = output(args.checkPassword).apply((password): Record<string, string> => ({ password }));
    return this.makeSecret(`${name}-password`, args, files);
  }

  private makeDeployment(name: string, args: DocumentsArgs, parts: Parts): void {
    const { plan, namespace } = args;
    new Deployment(
      name,
      {
        // Nothing waits for it: a promotion needs what was copied, not that copying goes on.
        metadata: { name: plan.name, namespace, labels: labelsOf(plan.name), annotations: { ...skipAwait } },
        spec: {
          replicas: plan.replicas,
          strategy: { type: "Recreate" },
          selector: { matchLabels: selectorOf(plan.name) },
          template: {
            metadata: {
              labels: labelsOf(plan.name),
              annotations: { [configAnnotation]: parts.digest },
            },
            spec: {
              automountServiceAccountToken: false,
              ...accountSpec(parts.identity),
              enableServiceLinks: false,
              terminationGracePeriodSeconds: 5,
              securityContext: podSecurity(uid),
              containers: [
                pullContainer(args, parts),
                ...(plan.pushes ? [checkContainer(args, parts)] : []),
                metricsContainer(args, parts),
              ],
              volumes: volumesOf(args, parts),
            },
          },
        },
      },
      childOpts(this, { dependsOn: args.after }),
    );
  }

  private makeService(name: string, { plan, namespace }: DocumentsArgs): void {
    const { port, portName, nodePort } = plan.exporter;
    new Service(
      `${name}-metrics`,
      {
        metadata: {
          name: `${plan.name}-metrics`,
          namespace,
          labels: labelsOf(plan.name),
          annotations: { ...skipAwait },
        },
        spec: {
          selector: selectorOf(plan.name),
          type: nodePort === null ? "ClusterIP" : "NodePort",
          ports: [{ name: portName, port, targetPort: portName, ...(nodePort === null ? {} : { nodePort }) }],
        },
      },
      childOpts(this),
    );
  }
}

interface Parts {
  readonly identity: PodIdentity | null;
  readonly scriptsMap: Output<string>;
  readonly configSecret: Output<string>;
  /** Where rows are checked. */
  readonly passwordSecret?: Output<string>;
  readonly digest: Output<string>;
}

function renderFiles({ plan, siteKeys, authorities, secrets }: DocumentsArgs, third: IdentityRef): Files {
  const identityOfThird = resolveIdentity(third, secrets);
  const keysOfSite = all([siteKeys.accessKey, siteKeys.secretKey]);
  const certificates = all([secrets(authorities.offsite), secrets(authorities.site)]);
  return all([identityOfThird, keysOfSite, certificates]).apply(
    ([ofThird, ofSite, texts]): Record<string, string> => ({
      "rclone.conf": renderRcloneConf({
        third: { ...plan.offsite, ...ofThird },
        site: { ...plan.site, accessKey: ofSite[0], secretKey: ofSite[1] },
      }),
      // One file for both: rclone is told of one.
      "ca.crt": [...new Set(texts)].map((text) => `${text.trimEnd()}\n`).join(""),
    }),
  );
}

function containerOf(
  { plan }: DocumentsArgs,
  { identity }: Parts,
  env: Readonly<Record<string, string>>,
): Omit<Container, "name"> {
  const values = {
    HF_BUCKET: plan.offsite.bucket,
    HF_HEARTBEAT_KEY: plan.heartbeatKey,
    HF_METRICS: documentPaths.metrics,
    ...env,
    ...rcloneEnvironment(plan.offsite.reader, plan.offsite.region),
  };
  return {
    image: plan.image,
    imagePullPolicy: "IfNotPresent",
    env: Object.entries(values).map(([name, value]) => ({ name, value })),
    securityContext: containerSecurity,
    resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "256Mi" } },
    volumeMounts: [
      { name: "metrics", mountPath: documentPaths.metrics },
      { name: "config", mountPath: documentPaths.config, readOnly: true },
      { name: "scripts", mountPath: documentPaths.bin, readOnly: true },
      ...tokenMounts(identity),
    ],
  };
}

/** Each with a /tmp of its own: the scripts' working files have fixed names. */
function withTmp(container: Container, volume: string): Container {
  return {
    ...container,
    volumeMounts: [
      ...((container.volumeMounts as types.input.core.v1.VolumeMount[]) ?? []),
      { name: volume, mountPath: "/tmp" },
    ],
  };
}

function pullContainer(args: DocumentsArgs, parts: Parts): Container {
  const { site, pullSeconds } = args.plan;
  const env = {
    HF_SITE_BUCKET: site.bucket,
    HF_SITE_URL: `https://${site.endpoint.host}:${site.endpoint.port}`,
    HF_SITE_REGION: site.region,
    HF_PULL: String(pullSeconds),
  };
  return withTmp(
    { ...containerOf(args, parts, env), name: "pull", command: ["bash", `${documentPaths.bin}/pull.sh`] },
    "pull-tmp",
  );
}

function checkContainer(args: DocumentsArgs, parts: Parts): Container {
  const { plan, database } = args;
  const env = {
    PGHOST: database.host,
    PGPORT: String(database.port),
    PGUSER: plan.checkRole,
    PGDATABASE: database.name,
    HF_PASSWORD_FILE: `${documentPaths.password}/password`,
    HF_PREFIX: plan.filestorePrefix,
    HF_CHECK: String(plan.checkSeconds),
    HF_SAMPLE: String(plan.sample),
    HF_GRACE: String(2 * plan.pushSeconds + graceSeconds),
  };
  const container = containerOf(args, parts, env);
  return withTmp(
    {
      ...container,
      name: "check",
      command: ["bash", `${documentPaths.bin}/check.sh`],
      volumeMounts: [
        ...((container.volumeMounts as types.input.core.v1.VolumeMount[]) ?? []),
        { name: "password", mountPath: documentPaths.password, readOnly: true },
      ],
    },
    "check-tmp",
  );
}

/** A large file on a slow line is not missing yet. */
const graceSeconds = 30;

function metricsContainer(args: DocumentsArgs, parts: Parts): Container {
  const { plan } = args;
  return {
    ...containerOf(args, parts, {}),
    name: "metrics",
    command: ["bash", `${documentPaths.bin}/exporter.sh`],
    args: [
      ...textfileExporter(documentPaths.metrics),
      ...webArguments(plan.exporter.port, `${documentPaths.bin}/web-config.yml`),
    ],
    env: [],
    ports: [{ name: plan.exporter.portName, containerPort: plan.exporter.port }],
    volumeMounts: [
      { name: "metrics", mountPath: documentPaths.metrics, readOnly: true },
      { name: "scripts", mountPath: documentPaths.bin, readOnly: true },
      { name: "tls", mountPath: documentPaths.tls, readOnly: true },
    ],
  };
}

function volumesOf({ plan, tlsSecret }: DocumentsArgs, parts: Parts): types.input.core.v1.Volume[] {
  const temporary = ["metrics", "pull-tmp", ...(plan.pushes ? ["check-tmp"] : [])];
  return [
    ...temporary.map((name) => ({ name, emptyDir: {} })),
    { name: "config", secret: { secretName: parts.configSecret, defaultMode: 0o440 } },
    ...(parts.passwordSecret === undefined
      ? []
      : [{ name: "password", secret: { secretName: parts.passwordSecret, defaultMode: 0o440 } }]),
    { name: "scripts", configMap: { name: parts.scriptsMap, defaultMode: 0o555 } },
    { name: "tls", secret: { secretName: tlsSecret, defaultMode: 0o440 } },
    ...tokenVolumes(parts.identity),
  ];
}
