import type { types } from "@pulumi/kubernetes";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { type ComponentResource, type Input, output } from "@pulumi/pulumi";
import type { ExporterPlan, MonitoringPlan } from "../../plan/types.ts";
import { childOpts } from "../child-opts.ts";
import { textfileExporter, webArguments } from "../exporter-command.ts";
import { labelsOf, selectorOf, skipAwait } from "../labels.ts";
import { containerSecurity } from "../pod-security.ts";
import type { DatabaseArgs } from "./args.ts";
import { paths } from "./paths.ts";

type Container = types.input.core.v1.Container;
type VolumeMount = types.input.core.v1.VolumeMount;

/** The image's user without rights, and the volumes' group: PostgreSQL knows it as nobody who may be a superuser. */
const nobody = { runAsUser: 65_534, runAsGroup: 999 } as const;

const small: types.input.core.v1.ResourceRequirements = {
  requests: { cpu: "10m", memory: "32Mi" },
  limits: { memory: "128Mi" },
};

const textFiles = `${paths.state}/metrics`;
const webConfig = `${paths.bin}/web-config.yml`;

/**
 * What measures, beside what it measures: the watch, and two exporters that serve
 * what it wrote and what PostgreSQL counts. None has a probe or ever ends, so
 * that none can take the pod's readiness away.
 *
 * @param common what every container of the pod has
 * @param token mounted where the third place is asked
 */
export function monitoringContainers(
  args: DatabaseArgs,
  common: Omit<Container, "name">,
  token: readonly VolumeMount[],
): Container[] {
  const [metrics, postgres] = ["holdfast", "postgres"].map((name) => exporterOf(args.monitoring, name));
  if (metrics === undefined || postgres === undefined) throw new Error("the plan has two exporters");
  return [
    watchContainer(args, common, token),
    exporterContainer(common, "metrics", metrics, textfileExporter(textFiles)),
    exporterContainer(common, "postgres-exporter", postgres, ["prometheus-postgres-exporter"], {
      DATA_SOURCE_NAME: `host=${paths.socket} port=${args.plan.port} user=holdfast_monitor dbname=postgres sslmode=disable`,
    }),
  ];
}

function exporterOf({ exporters }: MonitoringPlan, name: string): ExporterPlan | undefined {
  return exporters.find((exporter) => exporter.name === name);
}

function watchContainer(
  args: DatabaseArgs,
  common: Omit<Container, "name">,
  token: readonly VolumeMount[],
): Container {
  const offsite = args.repositories.find(({ kind }) => kind === "offsite");
  if (offsite === undefined) throw new Error("the plan has no offsite repository");
  const { host, port } = offsite.endpoint;
  return {
    ...common,
    name: "watch",
    command: [`${paths.bin}/watch`],
    env: output(common.env ?? []).apply((env) => [
      ...env,
      { name: "HF_RECORDS_URL", value: `https://${host}:${port}/${args.monitoring.recordsBucket}` },
      { name: "HF_WATCH_INTERVAL", value: String(args.monitoring.intervalSeconds) },
    ]),
    resources: { ...small, limits: { memory: "256Mi" } },
    volumeMounts: [
      { name: "data", mountPath: paths.volume, readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
      { name: "socket", mountPath: paths.socket },
      { name: "state", mountPath: paths.state },
      { name: "lock", mountPath: paths.lock },
      { name: "scripts", mountPath: paths.bin, readOnly: true },
      { name: "config", mountPath: paths.config, readOnly: true },
      { name: "tls", mountPath: paths.tls, readOnly: true },
      ...token,
    ],
  };
}

function exporterContainer(
  { image, imagePullPolicy }: Omit<Container, "name">,
  name: string,
  { portName, port }: ExporterPlan,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Container {
  const mount = (volume: string, mountPath: string): VolumeMount => ({
    name: volume,
    mountPath,
    readOnly: true,
  });
  return {
    ...(image === undefined ? {} : { image }),
    ...(imagePullPolicy === undefined ? {} : { imagePullPolicy }),
    name,
    command: [`${paths.bin}/exporter`],
    args: [...command, ...webArguments(port, webConfig)],
    env: Object.entries(environment).map(([key, value]) => ({ name: key, value })),
    ports: [{ name: portName, containerPort: port }],
    securityContext: { ...containerSecurity, ...nobody },
    resources: small,
    volumeMounts: [
      mount("state", paths.state),
      mount("socket", paths.socket),
      mount("scripts", paths.bin),
      mount("tls", paths.tls),
    ],
  };
}

/** For a Prometheus outside: a database that is not ready is what it has to hear of. */
export function makeMonitoringService(
  parent: ComponentResource,
  name: string,
  plan: MonitoringPlan,
  database: string,
  namespace: Input<string>,
): Service {
  const outside = plan.exporters.some(({ nodePort }) => nodePort !== null);
  return new Service(
    `${name}-metrics`,
    {
      metadata: {
        name: plan.name,
        namespace,
        labels: labelsOf(database),
        annotations: { ...skipAwait },
      },
      spec: {
        selector: selectorOf(database),
        type: outside ? "NodePort" : "ClusterIP",
        publishNotReadyAddresses: true,
        ports: plan.exporters.map(({ portName, port, nodePort }) => ({
          name: portName,
          port,
          targetPort: portName,
          ...(nodePort === null ? {} : { nodePort }),
        })),
      },
    },
    childOpts(parent),
  );
}
