import { readFileSync } from "node:fs";
import { join } from "node:path";
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
} from "@pulumi/pulumi";
import type { OdooPlan } from "../../plan/types.ts";
import { childOpts } from "../child-opts.ts";
import { digestOf } from "../digest.ts";
import { type Filestore, filestoreVolumes, fillContainer, pushContainers } from "../documents/filestore.ts";
import { configAnnotation, labelsOf, selectorOf, skipAwait } from "../labels.ts";
import { containerSecurity, podSecurity } from "../pod-security.ts";
import { toRequirements } from "../resources.ts";
import type { ResolveSecret } from "../secrets.ts";
import { makeVolume } from "../volume.ts";
import { renderOdooConf } from "./odoo-conf.ts";

/** The image's odoo user. */
const odooUid = 1000;

export interface OdooArgs {
  readonly plan: OdooPlan;
  readonly database: { readonly host: string; readonly port: number };
  readonly password: Input<string>;
  readonly publicUrl: string;
  readonly namespace: Input<string>;
  readonly filestore: Filestore;
  /** The first start installs modules, and any start waits for the database's restore. */
  readonly timeoutSeconds: number;
  readonly secrets: ResolveSecret;
}

/** Odoo. Rows name its attachments, which are files of a volume of its own: the filestore carries them to the third place. */
export class Odoo extends ComponentResource {
  readonly deployment: Deployment;
  readonly service: Service;

  constructor(name: string, args: OdooArgs, opts: ComponentResourceOptions) {
    super("holdfast:services:Odoo", name, {}, opts);
    const files = this.renderFiles(args);
    const secret = this.makeSecret(name, args, files);
    const scripts = readScripts();
    const scriptsMap = this.makeScripts(name, args, scripts);
    const volume = makeVolume(this, name, args.plan.volume, args.namespace, labelsOf(args.plan.name));
    this.deployment = this.makeDeployment(name, args, {
      secret: secret.metadata.name,
      scripts: scriptsMap.metadata.name,
      claim: volume.metadata.name,
      digest: all([files, args.filestore.digest]).apply(([texts, filestore]) =>
        digestOf({ ...texts, ...scripts, filestore }),
      ),
    });
    this.service = this.makeService(name, args);
    this.registerOutputs({});
  }

  private renderFiles({ plan, database, password, secrets }: OdooArgs): Output<Record<string, string>> {
    return all([password, secrets(plan.adminPassword)]).apply(
      ([ofDatabase, ofAdmin]): Record<string, string> => ({
        "odoo.conf": renderOdooConf(plan, database, ofDatabase),
        "admin-password": ofAdmin,
        // libpq's own form, for the init container.
        pgpass: `${database.host}:${database.port}:*:${plan.role}:${ofDatabase}\n`,
      }),
    );
  }

  private makeSecret(
    name: string,
    { plan, namespace }: OdooArgs,
    files: Output<Record<string, string>>,
  ): Secret {
    return new Secret(
      `${name}-config`,
      {
        metadata: { name: `${plan.name}-config`, namespace, labels: labelsOf(plan.name) },
        stringData: files,
      },
      childOpts(this, { secretOutputs: ["data", "stringData"] }),
    );
  }

  private makeScripts(
    name: string,
    { plan, namespace }: OdooArgs,
    scripts: Record<string, string>,
  ): ConfigMap {
    return new ConfigMap(
      `${name}-scripts`,
      { metadata: { name: `${plan.name}-scripts`, namespace, labels: labelsOf(plan.name) }, data: scripts },
      childOpts(this),
    );
  }

  private makeDeployment(name: string, args: OdooArgs, parts: Parts): Deployment {
    const { plan, namespace, filestore } = args;
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
          // Two versions of Odoo on one database would migrate it under each other.
          strategy: { type: "Recreate" },
          selector: { matchLabels: selectorOf(plan.name) },
          // Kubernetes' own idea of "it does not come" must not be shorter than the budget.
          progressDeadlineSeconds: args.timeoutSeconds,
          template: {
            metadata: { labels: labelsOf(plan.name), annotations: { [configAnnotation]: parts.digest } },
            spec: {
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: podSecurity(odooUid),
              // Filled while the database restores: the second one waits for it.
              initContainers: [
                fillContainer(filestore, filestoreFolder, dataMount),
                initialiseContainer(args),
              ],
              containers: [odooContainer(args), ...pushContainers(filestore, filestoreFolder, dataMount)],
              volumes: [
                { name: "data", persistentVolumeClaim: { claimName: parts.claim } },
                { name: "tmp", emptyDir: {} },
                { name: "config", secret: { secretName: parts.secret, defaultMode: 0o440 } },
                { name: "scripts", configMap: { name: parts.scripts, defaultMode: 0o555 } },
                ...filestoreVolumes(filestore),
              ],
            },
          },
        },
      },
      childOpts(this, { timeoutSeconds: args.timeoutSeconds }),
    );
  }

  private makeService(name: string, { plan, namespace }: OdooArgs): Service {
    return new Service(
      name,
      {
        metadata: { name: plan.name, namespace, labels: labelsOf(plan.name), annotations: { ...skipAwait } },
        spec: {
          selector: selectorOf(plan.name),
          ports: [{ name: "http", port: plan.port, targetPort: "http" }],
        },
      },
      childOpts(this),
    );
  }
}

type Container = types.input.core.v1.Container;

interface Parts {
  readonly secret: Output<string>;
  readonly scripts: Output<string>;
  readonly claim: Output<string>;
  readonly digest: Output<string>;
}

const dataMount: types.input.core.v1.VolumeMount = { name: "data", mountPath: "/var/lib/odoo" };

/** Below odoo.conf's data_dir, a folder for each database. */
const filestoreFolder = "/var/lib/odoo/filestore";

const mounts: types.input.core.v1.VolumeMount[] = [
  dataMount,
  { name: "tmp", mountPath: "/tmp" },
  { name: "config", mountPath: "/etc/odoo", readOnly: true },
  { name: "scripts", mountPath: "/holdfast/odoo", readOnly: true },
];

function initialiseContainer({ plan, database, publicUrl }: OdooArgs): Container {
  return {
    name: "initialise",
    image: plan.image,
    imagePullPolicy: "IfNotPresent",
    command: ["/holdfast/odoo/initialise.sh"],
    env: [
      { name: "PGHOST", value: database.host },
      { name: "PGPORT", value: String(database.port) },
      { name: "PGUSER", value: plan.role },
      { name: "PGDATABASE", value: plan.database },
      { name: "PGSSLMODE", value: "require" },
      { name: "PGCONNECT_TIMEOUT", value: "2" },
      { name: "HF_PGPASS", value: "/etc/odoo/pgpass" },
      { name: "ODOO_MODULES", value: plan.modules.join(",") },
      { name: "ODOO_BASE_URL", value: publicUrl },
      { name: "HOME", value: "/tmp" },
    ],
    securityContext: containerSecurity,
    resources: toRequirements(plan.resources),
    volumeMounts: mounts,
  };
}

function odooContainer({ plan }: OdooArgs): Container {
  const probe = { httpGet: { path: "/web/login", port: "http" }, timeoutSeconds: 10 };
  return {
    name: "odoo",
    image: plan.image,
    imagePullPolicy: "IfNotPresent",
    command: ["odoo", "--config=/etc/odoo/odoo.conf"],
    env: [{ name: "HOME", value: "/tmp" }],
    ports: [{ name: "http", containerPort: plan.port }],
    // The first page makes the asset bundles: slow once, so the start has patience and the readiness probe few questions.
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 300 },
    readinessProbe: { ...probe, periodSeconds: 10 },
    securityContext: containerSecurity,
    resources: toRequirements(plan.resources),
    volumeMounts: mounts,
  };
}

function readScripts(): Record<string, string> {
  const folder = join(import.meta.dirname, "scripts");
  return Object.fromEntries(
    ["initialise.sh", "first-settings.py"].map((file) => [file, readFileSync(join(folder, file), "utf8")]),
  );
}
