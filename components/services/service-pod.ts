import type { types } from "@pulumi/kubernetes";
import type { ServicePlan, WaitPlan } from "../../plan/types.ts";
import { accountSpec } from "../identity.ts";
import { configAnnotation, labelsOf } from "../labels.ts";
import { containerSecurity, podSecurity } from "../pod-security.ts";
import { toRequirements } from "../resources.ts";
import type { ServiceArgs, ServiceFiles } from "./service-args.ts";

type Container = types.input.core.v1.Container;
type Mount = types.input.core.v1.VolumeMount;
type Volume = types.input.core.v1.Volume;

/** Pod Security "restricted", no token, a read-only root; the service's own container is named after it. */
export function servicePod(args: ServiceArgs, files: ServiceFiles): types.input.core.v1.PodTemplateSpec {
  const { plan, parts } = args;
  const mounts = mountsOf(args, files);
  return {
    metadata: { labels: labelsOf(plan.name), annotations: { [configAnnotation]: files.digest } },
    spec: {
      automountServiceAccountToken: false,
      ...accountSpec(parts?.identity ?? null),
      enableServiceLinks: false,
      securityContext: podSecurity(plan.uid),
      initContainers: [
        ...(plan.waits === null ? [] : [waitContainer(plan.waits)]),
        ...(parts?.initContainers?.(mounts) ?? []),
      ],
      containers: [serviceContainer(args, files, mounts), ...(parts?.sidecars?.(mounts) ?? [])],
      volumes: [...volumesOf(args, files), ...(parts?.volumes ?? [])],
    },
  };
}

function serviceContainer(args: ServiceArgs, files: ServiceFiles, mounts: Mount[]): Container {
  const { plan } = args;
  return {
    name: plan.name,
    image: plan.image,
    imagePullPolicy: "IfNotPresent",
    ...(plan.command === null ? {} : { command: [...plan.command] }),
    ...(plan.args === null ? {} : { args: [...plan.args] }),
    env: environmentOf(args, files),
    ...(plan.port === null ? {} : { ports: [{ name: plan.port.name, containerPort: plan.port.container }] }),
    ...probesOf(plan),
    securityContext: containerSecurity,
    resources: toRequirements(plan.resources),
    volumeMounts: mounts,
  };
}

function environmentOf(
  { plan, parts, database, password }: ServiceArgs,
  files: ServiceFiles,
): types.input.core.v1.EnvVar[] {
  const ofDatabase: Readonly<Record<string, string>> =
    plan.database === null || password === undefined
      ? {}
      : {
          PGHOST: database.host,
          PGPORT: String(database.port),
          PGDATABASE: plan.database.name,
          PGUSER: plan.database.role,
          PGSSLMODE: "require",
        };
  const secret = [...Object.keys(plan.secretEnv), ...(password === undefined ? [] : ["PGPASSWORD"])];
  return [
    ...Object.entries({ ...ofDatabase, ...plan.env, ...parts?.env }).map(([name, value]) => ({
      name,
      value,
    })),
    ...(files.environment === null ? [] : secret).map((name) => ({
      name,
      valueFrom: { secretKeyRef: { name: files.environment ?? "", key: name } },
    })),
  ];
}

function probesOf({ port, probe }: ServicePlan): Partial<Container> {
  if (port === null) return {};
  const ask = {
    ...(probe.path === null
      ? { tcpSocket: { port: port.name } }
      : {
          httpGet: {
            path: probe.path,
            port: port.name,
            ...(port.name === "https" ? { scheme: "HTTPS" } : {}),
          },
        }),
    timeoutSeconds: probe.timeoutSeconds,
  };
  return {
    startupProbe: { ...ask, periodSeconds: 1, failureThreshold: probe.startupSeconds },
    readinessProbe: { ...ask, periodSeconds: probe.periodSeconds },
    ...(probe.restart ? { livenessProbe: { ...ask, periodSeconds: 10, failureThreshold: 6 } } : {}),
  };
}

/**
 * Asks each service until it answers. A Service without a ready pod refuses the
 * connection, so that one that is made says "ready" and not only "started".
 */
function waitContainer({ image, services }: WaitPlan): Container {
  return {
    name: "wait-for-group",
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["bash", "-c", waitScript, "wait", ...services.map(({ name, port }) => `${name}/${port}`)],
    securityContext: containerSecurity,
    resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
  };
}

const waitScript = `for each in "$@"; do
	echo "waiting for $each"
	until timeout 2 bash -c 'exec 3<>"/dev/tcp/$0"' "$each" 2>/dev/null; do sleep 0.5; done
done
echo "they answer"
`;

function mountsOf({ plan, parts }: ServiceArgs, files: ServiceFiles): Mount[] {
  const { secretFiles, textFiles, volume } = parts ?? {};
  return [
    ...(volume === undefined ? [] : [{ name: "data", mountPath: volume.folder }]),
    ...plan.writable.map((mountPath, index) => ({ name: writableName(index), mountPath })),
    ...(secretFiles === undefined ? [] : [{ name: "config", mountPath: secretFiles.folder, readOnly: true }]),
    ...(textFiles === undefined ? [] : [{ name: "texts", mountPath: textFiles.folder, readOnly: true }]),
    ...Object.keys(files.files === null ? {} : plan.files).map((mountPath, index) => ({
      name: "files",
      mountPath,
      subPath: `file-${index}`,
      readOnly: true,
    })),
    ...(parts?.mounts ?? []),
  ];
}

function volumesOf({ plan, parts }: ServiceArgs, files: ServiceFiles): Volume[] {
  const { claim, config, texts } = files;
  const mode = parts?.textFiles?.executable === true ? 0o555 : 0o444;
  return [
    ...(claim === null ? [] : [{ name: "data", persistentVolumeClaim: { claimName: claim } }]),
    ...plan.writable.map((_, index) => ({ name: writableName(index), emptyDir: {} })),
    ...(config === null ? [] : [{ name: "config", secret: { secretName: config, defaultMode: 0o440 } }]),
    ...(texts === null ? [] : [{ name: "texts", configMap: { name: texts, defaultMode: mode } }]),
    ...(files.files === null
      ? []
      : [{ name: "files", configMap: { name: files.files, defaultMode: 0o444 } }]),
  ];
}

const writableName = (index: number): string => (index === 0 ? "tmp" : `writable-${index}`);
