import { faultLabel } from "./jobs.ts";
import { type ExecOutcome, execIn, type Primary } from "./primary.ts";
import { until } from "./until.ts";

/** Pods beside the database's, made from its own template: same image, scripts, configs, keys and security. */

type Fields = Record<string, unknown>;
interface Container extends Fields {
  readonly name: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly args?: readonly string[];
}
interface Template {
  readonly spec: Fields & {
    readonly initContainers: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes: readonly (Fields & { readonly name: string })[];
  };
}

export interface PodChanges {
  /** Beside or instead of the template's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** A secret in place of the one with pgBackRest's configs. */
  readonly configSecret?: string;
  /** The pod's containers, killed, are started again on the volume as it was left, as a StatefulSet's are. */
  readonly startsAgain?: boolean;
  /** Without the argument that keeps a copy from archiving. */
  readonly archives?: boolean;
  /** In place of an empty directory on the node's disk. */
  readonly volume?: Readonly<Record<string, unknown>>;
}

async function templateOf(primary: Primary): Promise<Template> {
  const text = await primary.kubectl([
    "get",
    "statefulset",
    "database",
    "--output=jsonpath={.spec.template}",
  ]);
  return JSON.parse(text) as Template;
}

function containerOf(template: Template, name: string, changes: PodChanges, epoch: number): Container {
  const { initContainers, containers } = template.spec;
  const found = [...initContainers, ...containers].find((one) => one.name === name);
  if (found === undefined) throw new Error(`the database's pod has no container ${name}`);
  const environment: Readonly<Record<string, string>> = {
    HF_ROLE: "rehearsal",
    HF_SOURCE_EPOCH: String(epoch),
    HF_REFUSE_PAUSE: "0",
    ...changes.environment,
  };
  const kept = found.env.filter(({ name: key }) => !(key in environment));
  const added = Object.entries(environment).map(([key, value]) => ({ name: key, value }));
  const { startupProbe, readinessProbe, lifecycle, ports, resources, ...rest } = found as Fields;
  return { ...rest, name, env: [...kept, ...added] };
}

async function create(
  primary: Primary,
  name: string,
  changes: PodChanges,
  containers: (template: Template) => Pick<Template["spec"], "initContainers" | "containers">,
): Promise<void> {
  const template = await templateOf(primary);
  const secretName = changes.configSecret ?? "pgbackrest";
  const items = await configsOf(primary, secretName);
  const volumes = template.spec.volumes.map((volume) => {
    if (volume.name === "data") return { name: "data", ...(changes.volume ?? { emptyDir: {} }) };
    if (volume.name === "config")
      return { name: "config", secret: { secretName, items, defaultMode: 0o440 } };
    return volume;
  });
  await removePod(primary, name);
  await primary.kubectl(["create", "-f", "-"], {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { [faultLabel]: "pod" } },
    spec: {
      ...template.spec,
      ...containers(template),
      volumes,
      restartPolicy: changes.startsAgain ? "Always" : "Never",
      terminationGracePeriodSeconds: 1,
    },
  });
}

/** A rehearsal's `restore.conf` is that of the epoch which serves; the living primary's own is of the one before. */
async function configsOf(
  primary: Primary,
  secret: string,
): Promise<readonly { readonly key: string; readonly path: string }[]> {
  const text = await primary.kubectl(["get", "secret", secret, "--output=jsonpath={.data}"]);
  return Object.keys(JSON.parse(text) as Fields)
    .filter((key) => key !== "restore.conf")
    .flatMap((key) => [
      { key, path: key },
      ...(key === "restore-current.conf" ? [{ key, path: "restore.conf" }] : []),
    ]);
}

export const removePod = (primary: Primary, name: string): Promise<string> =>
  primary.kubectl(["delete", "pod", name, "--ignore-not-found", "--timeout=60s"]);

/** The product's image, files and paths around an empty volume; nothing runs in it. */
export async function scratchPod(
  primary: Primary,
  name: string,
  changes: PodChanges = {},
): Promise<(command: readonly string[]) => Promise<ExecOutcome>> {
  await create(primary, name, changes, (template) => ({
    initContainers: [],
    containers: [
      {
        ...containerOf(template, "postgres", changes, primary.epoch),
        name: "main",
        command: ["sleep", "infinity"],
        args: [],
      },
    ],
  }));
  await primary.kubectl(["wait", "--for=condition=Ready", `pod/${name}`, "--timeout=90s"]);
  return (command) => execIn(name, "main", command);
}

export interface SideRestore {
  /** serving: restored, promoted, prepared. refused: restore.sh said no. stopped: PostgreSQL ended. */
  readonly state: "serving" | "refused" | "stopped";
  readonly restoreLog: string;
  readonly postgresLog: string;
  /** status.json, of a pod that serves. */
  readonly status: Readonly<Record<string, unknown>>;
  readonly seconds: number;
  sql(database: string, statement: string): Promise<string>;
  exec(command: readonly string[]): Promise<ExecOutcome>;
}

/**
 * A restore as the database's own pod does it (restore.sh, start.sh, steward.sh),
 * beside it and as a rehearsal: an empty volume, archiving off. Its pod stays until
 * it is removed.
 */
export async function sideRestore(
  primary: Primary,
  name: string,
  changes: PodChanges = {},
): Promise<SideRestore> {
  const started = performance.now();
  await create(primary, name, changes, (template) => {
    const postgres = containerOf(template, "postgres", changes, primary.epoch);
    return {
      initContainers: [containerOf(template, "restore", changes, primary.epoch)],
      containers: [
        {
          ...postgres,
          args: [...(postgres.args ?? []), ...(changes.archives ? [] : ["-c", "archive_mode=off"])],
        },
        containerOf(template, "steward", changes, primary.epoch),
      ],
    };
  });
  const exec = (command: readonly string[]) => execIn(name, "postgres", command);
  let status: Readonly<Record<string, unknown>> = {};
  const state = await until<SideRestore["state"]>(`the restore in pod ${name}`, "restore", async () => {
    const pod = JSON.parse(await primary.kubectl(["get", "pod", name, "--output=json"])) as PodState;
    const restoring = pod.status.initContainerStatuses?.[0]?.state;
    if (!changes.startsAgain && restoring?.terminated !== undefined && restoring.terminated.exitCode !== 0)
      return { done: "refused" };
    const postgres = pod.status.containerStatuses?.find((one) => one.name === "postgres")?.state;
    if (postgres?.terminated !== undefined) return { done: "stopped" };
    if (postgres?.running === undefined) return { notYet: JSON.stringify(restoring ?? pod.status.phase) };
    const read = await exec(["cat", "/run/holdfast/status.json"]);
    if (read.exitCode === 0) status = JSON.parse(read.stdout) as Record<string, unknown>;
    return status.phase === "ready" ? { done: "serving" } : { notYet: `phase ${String(status.phase)}` };
  });
  const log = (container: string) =>
    primary.kubectl(["logs", name, `--container=${container}`]).catch(() => "");
  return {
    state,
    status,
    restoreLog: await log("restore"),
    postgresLog: await log("postgres"),
    seconds: (performance.now() - started) / 1000,
    exec,
    sql: async (database, statement) => {
      const result = await exec(["psql", "--no-psqlrc", "-qAtX", `--dbname=${database}`, "-c", statement]);
      if (result.exitCode !== 0) throw new Error(`psql in ${name}: ${result.stderr.trim()}`);
      return result.stdout.trim();
    },
  };
}

interface PodState {
  readonly status: {
    readonly phase: string;
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly (ContainerStatus & { readonly name: string })[];
  };
}
interface ContainerStatus {
  readonly state: { readonly terminated?: { readonly exitCode: number }; readonly running?: unknown };
}
