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
import { storePort } from "../../plan/store.ts";
import type { RepositoryPlan, SecretRef, StorePlan } from "../../plan/types.ts";
import * as holdfast from "../../provider/sdk/index.ts";
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
  /** Address at which the operator reaches the store's node port; null: the bucket is not made from here. */
  readonly address: string;
  readonly repository: Pick<RepositoryPlan, "region">;
  readonly namespace: Input<string>;
  readonly tlsSecret: Input<string>;
  readonly ca: SecretRef;
  readonly secrets: ResolveSecret;
}

/**
 * The site's own S3 store, SeaweedFS in one process. Only its S3 port listens
 * outside the pod: whoever reaches filer, master or volume ports passes by the
 * S3 identities.
 */
export class SiteStore extends ComponentResource {
  readonly statefulSet: StatefulSet;
  readonly bucket: holdfast.Bucket | null;

  constructor(name: string, args: SiteStoreArgs, opts: ComponentResourceOptions) {
    super("holdfast:storage:SiteStore", name, {}, opts);
    const identities = this.renderIdentities(args);
    const config = this.makeConfig(name, args, identities);
    const volume = makeVolume(this, name, args.plan.volume, args.namespace, labelsOf(args.plan.name));
    this.statefulSet = this.makeStatefulSet(name, args, config, volume, identities);
    this.makeService(name, args);
    this.bucket = this.makeBucket(name, args);
    this.registerOutputs({});
  }

  /** One identity with every right: what is here dies with the site anyway. */
  private renderIdentities({ plan, secrets }: SiteStoreArgs): Output<string> {
    const identity = {
      name: "site",
      credentials: [{ accessKey: secrets(plan.accessKey), secretKey: secrets(plan.secretKey) }],
      actions: ["Admin", "Read", "List", "Tagging", "Write"],
    };
    return secret(jsonStringify({ identities: [identity] }));
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
          replicas: plan.replicas,
          selector: { matchLabels: selectorOf(plan.name) },
          template: {
            metadata: {
              labels: labelsOf(plan.name),
              // The digest of a secret is no secret: it is kept out of state's ciphertext to be comparable there.
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

  /** Made from the operator's side, through the node port; without one the archive's own user makes it. */
  private makeBucket(
    name: string,
    { plan, address, repository, ca, secrets }: SiteStoreArgs,
  ): holdfast.Bucket | null {
    if (plan.nodePort === null) return null;
    const provider = new holdfast.Provider(
      `${name}-s3`,
      {
        s3: {
          endpoint: `https://${address}:${plan.nodePort}`,
          region: repository.region,
          accessKey: secrets(plan.accessKey),
          secretKey: secrets(plan.secretKey),
          caPem: secrets(ca),
        },
      },
      { parent: this },
    );
    return new holdfast.Bucket(
      `${name}-bucket`,
      // A copy of what the third place keeps: whoever deletes the stack may delete it.
      { name: plan.bucket, versioning: false, defaultEncryption: "none", forceDestroy: true },
      // A fresh site's store forgets its buckets: the resource follows the volume, never protects on its own.
      { ...childOpts(this, { dependsOn: [this.statefulSet] }), provider },
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
