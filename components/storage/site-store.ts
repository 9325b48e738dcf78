import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import type { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  jsonStringify,
  type Output,
  secret,
} from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { storePort } from "../../plan/store.ts";
import type { StorePlan } from "../../plan/types.ts";
import { childOpts } from "../child-opts.ts";
import { digestOf } from "../digest.ts";
import { configAnnotation, labelsOf, selectorOf, skipAwait } from "../labels.ts";
import { containerSecurity, podSecurity } from "../pod-security.ts";
import type { ResolveSecret } from "../secrets.ts";
import { makeVolume } from "../volume.ts";

/** Any number: the image has no user of its own, and the static binary needs none. */
const uid = 1000;

export interface SiteStoreArgs {
  readonly plan: StorePlan;
  /** The documents' copy, which has an identity of its own. */
  readonly documentsBucket: string;
  readonly namespace: Input<string>;
  readonly tlsSecret: Input<string>;
  readonly secrets: ResolveSecret;
}

/**
 * The site's own S3 store, SeaweedFS in one process. Only its S3 port listens
 * outside the pod: whoever reaches filer, master or volume ports passes by the
 * S3 identities. Its bucket is made by the database's steward, not by a resource:
 * a refresh of the stack would have to ask a store that may be lost with its site.
 */
export class SiteStore extends ComponentResource {
  readonly statefulSet: StatefulSet;
  /** Keys that open the documents' bucket, and no other. */
  readonly documentsKeys: { readonly accessKey: Output<string>; readonly secretKey: Output<string> };

  constructor(name: string, args: SiteStoreArgs, opts: ComponentResourceOptions) {
    super("holdfast:storage:SiteStore", name, {}, opts);
    this.documentsKeys = {
      accessKey: this.makeKey(`${name}-documents-key`, 20),
      secretKey: this.makeKey(`${name}-documents-secret`, 40),
    };
    const identities = this.renderIdentities(args);
    const config = this.makeConfig(name, args, identities);
    const volume = makeVolume(this, name, args.plan.volume, args.namespace, labelsOf(args.plan.name));
    this.statefulSet = this.makeStatefulSet(name, args, config, volume, identities);
    this.makeService(name, args);
    this.registerOutputs({});
  }

  private makeKey(name: string, length: number): Output<string> {
    return new RandomPassword(name, { length, special: false }, childOpts(this)).result;
  }

  /** The site's own has every right: what is here dies with the site anyway. An application's pod must not get at the repository. */
  private renderIdentities({ plan, documentsBucket, secrets }: SiteStoreArgs): Output<string> {
    const ofSite = {
      name: "site",
      credentials: [{ accessKey: secrets(plan.accessKey), secretKey: secrets(plan.secretKey) }],
      actions: ["Admin", "Read", "List", "Tagging", "Write"],
    };
    const ofDocuments = {
      name: "documents",
      credentials: [this.documentsKeys],
      // Admin of the one bucket: it makes it, and switches its versions on.
      actions: ["Admin", "Read", "List", "Write"].map((action) => `${action}:${documentsBucket}`),
    };
    return secret(jsonStringify({ identities: [ofSite, ofDocuments] }));
  }

  private makeConfig(name: string, { plan, namespace }: SiteStoreArgs, identities: Output<string>): Secret {
    return new Secret(
      `${name}-identities`,
      {
        metadata: { name: `${plan.name}-identities`, namespace, labels: labelsOf(plan.name) },
        stringData: { "identities.json": identities, "master.toml": volumeGrowth },
      },
      childOpts(this),
    );
  }

  private makeStatefulSet(
    name: string,
    { plan, namespace, tlsSecret }: SiteStoreArgs,
    config: Secret,
    volume: PersistentVolumeClaim,
    identities: Output<string>,
  ): StatefulSet {
    return new StatefulSet(
      name,
      {
        metadata: { name: plan.name, namespace, labels: labelsOf(plan.name) },
        spec: {
          serviceName: plan.name,
          // As the database's: a pod that is not ready must not keep the one that would mend it away.
          podManagementPolicy: "Parallel",
          replicas: plan.replicas,
          selector: { matchLabels: selectorOf(plan.name) },
          template: {
            metadata: {
              labels: labelsOf(plan.name),
              annotations: { [configAnnotation]: identities.apply((text) => digestOf({ text })) },
            },
            spec: {
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: podSecurity(uid),
              containers: [
                {
                  name: "seaweedfs",
                  image: plan.image,
                  imagePullPolicy: "IfNotPresent",
                  command: ["/usr/bin/weed"],
                  args: weedArguments,
                  ports: [{ name: "s3", containerPort: storePort }],
                  readinessProbe: { tcpSocket: { port: storePort }, periodSeconds: 2 },
                  securityContext: containerSecurity,
                  resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "1Gi" } },
                  volumeMounts: [
                    { name: "data", mountPath: "/data" },
                    { name: "tmp", mountPath: "/tmp" },
                    { name: "identities", mountPath: "/etc/seaweedfs", readOnly: true },
                    { name: "tls", mountPath: "/holdfast/tls", readOnly: true },
                  ],
                },
              ],
              volumes: [
                { name: "data", persistentVolumeClaim: { claimName: volume.metadata.name } },
                { name: "tmp", emptyDir: {} },
                { name: "identities", secret: { secretName: config.metadata.name, defaultMode: 0o440 } },
                { name: "tls", secret: { secretName: tlsSecret, defaultMode: 0o440 } },
              ],
            },
          },
        },
      },
      childOpts(this),
    );
  }

  private makeService(name: string, { plan, namespace }: SiteStoreArgs): Service {
    const nodePort = plan.nodePort;
    return new Service(
      name,
      {
        metadata: { name: plan.name, namespace, labels: labelsOf(plan.name), annotations: { ...skipAwait } },
        spec: {
          selector: selectorOf(plan.name),
          type: nodePort === null ? "ClusterIP" : "NodePort",
          ports: [
            { name: "s3", port: storePort, targetPort: "s3", ...(nodePort === null ? {} : { nodePort }) },
          ],
        },
      },
      childOpts(this),
    );
  }
}

/** One volume at a time, grown when it is full: by default a new bucket takes seven at once. */
const volumeGrowth = "[master.volume_growth]\ncopy_1 = 1\ncopy_2 = 1\ncopy_3 = 1\ncopy_other = 1\n";

const weedArguments: string[] = [
  "-logtostderr=true",
  "server",
  "-dir=/data",
  "-ip=127.0.0.1",
  "-ip.bind=127.0.0.1",
  "-master.volumeSizeLimitMB=256",
  "-master.volumePreallocate=false",
  "-master.telemetry=false",
  "-volume.max=500",
  "-filer",
  "-s3",
  "-s3.ip.bind=0.0.0.0",
  `-s3.port=${storePort}`,
  "-s3.cert.file=/holdfast/tls/tls.crt",
  "-s3.key.file=/holdfast/tls/tls.key",
  "-s3.config=/etc/seaweedfs/identities.json",
  // A misspelt bucket is an error, not a new bucket.
  "-s3.autoCreateBucket=false",
  "-s3.port.iceberg=0",
  "-s3.port.lance=0",
];
