import type { types } from "@pulumi/kubernetes";
import type { StatefulSetArgs } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import type { Input } from "@pulumi/pulumi";
import { databaseContainer } from "../../plan/contract.ts";
import { accountSpec, type PodIdentity, tokenMounts, tokenVolumes } from "../identity.ts";
import { configAnnotation, epochAnnotation, selectorOf } from "../labels.ts";
import { containerSecurity, podSecurity } from "../pod-security.ts";
import { sidecarResources, toRequirements } from "../resources.ts";
import type { DatabaseArgs } from "./args.ts";
import { environmentOf } from "./environment.ts";
import { monitoringContainers } from "./monitoring.ts";
import { parameterArguments } from "./parameters.ts";
import { paths } from "./paths.ts";

type Container = types.input.core.v1.Container;
type VolumeMount = types.input.core.v1.VolumeMount;
type Volume = types.input.core.v1.Volume;

/** The image's postgres user; volumes carry it too. */
export const postgresUid = 999;

export interface PodParts {
  readonly labels: Readonly<Record<string, string>>;
  readonly claimName: Input<string>;
  readonly configSecret: Input<string>;
  readonly rolesSecret: Input<string>;
  readonly scriptsMap: Input<string>;
  readonly identity: PodIdentity | null;
  readonly configDigest: Input<string>;
}

/**
 * The StatefulSet. Selector, service name and pod management are the same in
 * every role: each is immutable, and a promotion must not replace the set.
 */
export function databasePod(args: DatabaseArgs, parts: PodParts): StatefulSetArgs {
  const { plan } = args;
  return {
    metadata: { name: plan.name, namespace: args.namespace, labels: { ...parts.labels } },
    spec: {
      serviceName: plan.name,
      // The default, OrderedReady, never replaces a pod that is not ready: after a refused restore (a wrong
      // key, say) or a fenced server, the `up` that mends it would wait for ever.
      podManagementPolicy: "Parallel",
      replicas: plan.replicas,
      selector: { matchLabels: selectorOf(plan.name) },
      template: {
        metadata: {
          labels: { ...parts.labels },
          annotations: {
            [epochAnnotation]: args.term.epoch.apply(String),
            [configAnnotation]: parts.configDigest,
          },
        },
        spec: {
          automountServiceAccountToken: false,
          ...accountSpec(parts.identity),
          enableServiceLinks: false,
          terminationGracePeriodSeconds: plan.budgets.terminationSeconds,
          securityContext: podSecurity(postgresUid),
          initContainers: [withToken(restoreContainer(args), parts)],
          // Started in this order: what only measures comes last.
          containers: [
            withToken(postgresContainer(args), parts),
            withToken(stewardContainer(args), parts),
            serverContainer(args),
            ...monitoringContainers(args, containerOf(args), tokenMounts(parts.identity)),
          ],
          volumes: volumesOf(args, parts),
        },
      },
    },
  };
}

/** What every container of the pod has; pgBackRest's processes must see the same paths as PostgreSQL's. */
function containerOf(args: DatabaseArgs): Omit<Container, "name"> {
  return {
    image: args.plan.image,
    imagePullPolicy: "IfNotPresent",
    env: environmentOf(args),
    securityContext: containerSecurity,
    volumeMounts: mounts,
  };
}

function restoreContainer(args: DatabaseArgs): Container {
  return {
    ...containerOf(args),
    name: "restore",
    command: [`${paths.bin}/restore`],
    // The pod asks for the greatest of its init containers and the sum of the others: this is no more than PostgreSQL's.
    resources: toRequirements(args.plan.resources),
  };
}

function postgresContainer(args: DatabaseArgs): Container {
  const { plan } = args;
  return {
    ...containerOf(args),
    name: databaseContainer,
    command: [`${paths.bin}/start`],
    args: parameterArguments(plan.parameters, args.role),
    ports: [{ name: "postgresql", containerPort: plan.port }],
    resources: toRequirements(plan.resources),
    // A restore's replay may take hours: the startup probe's patience is the budget's. No liveness probe:
    // a server that is slow under load would be killed into a crash recovery.
    startupProbe: {
      exec: { command: isReady },
      periodSeconds: 1,
      timeoutSeconds: 5,
      failureThreshold: plan.budgets.startupSeconds,
    },
    readinessProbe: { exec: { command: isReady }, periodSeconds: 5, timeoutSeconds: 5 },
    // TERM is PostgreSQL's "smart" shutdown, which waits for every client to leave; this is the fast one.
    lifecycle: { preStop: { exec: { command: ["pg_ctl", "stop", "--mode=fast", "--no-wait"] } } },
  };
}

/** Promoted, prepared, and accepting: the steward says the first two. */
const isReady = ["sh", "-c", `test -e ${paths.state}/ready && pg_isready --quiet --timeout=3`];

function stewardContainer(args: DatabaseArgs): Container {
  return {
    ...containerOf(args),
    name: "steward",
    command: [`${paths.bin}/steward`],
    resources: sidecarResources,
  };
}

/** pgBackRest's TLS server, for the backup jobs: same user, same data path, same socket. */
function serverContainer(args: DatabaseArgs): Container {
  return {
    ...containerOf(args),
    name: "pgbackrest",
    // The two server configs differ in the lock path of the processes they start; the address is the same.
    command: ["pgbackrest", `--config=${paths.config}/server-offsite.conf`, "server"],
    ports: [{ name: "pgbackrest", containerPort: paths.serverPort }],
    resources: sidecarResources,
  };
}

/** Of those that ask the third place: PostgreSQL's archive and restore commands do. */
function withToken(container: Container, { identity }: PodParts): Container {
  return { ...container, volumeMounts: [...mounts, ...tokenMounts(identity)] };
}

const mounts: VolumeMount[] = [
  { name: "data", mountPath: paths.volume },
  { name: "tmp", mountPath: "/tmp" },
  { name: "shm", mountPath: "/dev/shm" },
  { name: "socket", mountPath: paths.socket },
  { name: "state", mountPath: paths.state },
  { name: "lock", mountPath: paths.lock },
  { name: "log", mountPath: paths.log },
  { name: "spool", mountPath: paths.spool },
  { name: "scripts", mountPath: paths.bin, readOnly: true },
  { name: "config", mountPath: paths.config, readOnly: true },
  { name: "roles", mountPath: paths.roles, readOnly: true },
  { name: "tls", mountPath: paths.tls, readOnly: true },
];

function volumesOf(args: DatabaseArgs, parts: PodParts): Volume[] {
  return [
    { name: "data", persistentVolumeClaim: { claimName: parts.claimName } },
    // Parallel queries and large sorts share memory here; the runtime's 64 MiB are too few.
    { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "256Mi" } },
    ...["tmp", "socket", "state", "lock", "log", "spool"].map((name): Volume => ({ name, emptyDir: {} })),
    { name: "scripts", configMap: { name: parts.scriptsMap, defaultMode: 0o555 } },
    { name: "config", secret: { secretName: parts.configSecret, defaultMode: 0o440 } },
    { name: "roles", secret: { secretName: parts.rolesSecret, defaultMode: 0o440 } },
    // PostgreSQL takes a key of root's with group read, and nothing wider.
    { name: "tls", secret: { secretName: args.tlsSecret, defaultMode: 0o440 } },
    ...tokenVolumes(parts.identity),
  ];
}
