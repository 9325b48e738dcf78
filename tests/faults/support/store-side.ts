import { readScripts } from "../../../components/database/scripts.ts";
import { faultLabel } from "./jobs.ts";
import { database, execIn, namespace, type Primary } from "./primary.ts";
import { within } from "./store-wait.ts";

export interface SideStatus {
  readonly phase: string;
  readonly error: string | null;
  readonly backupSet: string | null;
  readonly fallbacks?: readonly unknown[];
  readonly recoveredLsn?: string | null;
}

export interface SideCopy {
  readonly status: SideStatus;
  readonly log: string;
  /** From the start of the pod to a promoted server, or to its refusal. */
  readonly seconds: number;
  sql(statement: string): Promise<string>;
  remove(): Promise<void>;
}

export interface SideArgs {
  readonly name: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly timeoutSeconds?: number;
}

/** A copy beside the living primary by the product's own side-restore: reader keys, archiving off, in a pod of its own. */
export async function restoreBeside(primary: Primary, args: SideArgs): Promise<SideCopy> {
  const pod = `fault-${args.name}`;
  await remove(primary, pod);
  const began = performance.now();
  await primary.kubectl(["apply", "--filename=-"], podOf(primary, pod, args.environment ?? {}));
  const cat = ["cat", "/run/holdfast/status.json"];
  const status = await within(`${pod} to be restored or refused`, args.timeoutSeconds ?? 240, async () => {
    const found = await execIn(pod, "side", cat);
    if (found.exitCode !== 0) return { notYet: found.stderr.slice(-300) };
    const now = JSON.parse(found.stdout) as SideStatus;
    return now.phase === "ready" || now.error !== null ? { done: now } : { notYet: now.phase };
  });
  return {
    status,
    log: await primary.kubectl(["logs", pod]),
    seconds: Math.round((performance.now() - began) / 100) / 10,
    async sql(statement) {
      const words = [
        "psql",
        "-XAtq",
        "--set=ON_ERROR_STOP=1",
        `--dbname=${database}`,
        `--command=${statement}`,
      ];
      const result = await execIn(pod, "side", words);
      if (result.exitCode !== 0) throw new Error(`psql in ${pod}: ${result.stderr.trim()}`);
      return result.stdout.trim();
    },
    remove: () => remove(primary, pod),
  };
}

async function remove(primary: Primary, pod: string): Promise<void> {
  await primary.kubectl(["delete", "pod", pod, "--ignore-not-found", "--grace-period=1", "--timeout=60s"]);
}

const volumes = {
  data: "/var/lib/postgresql/data",
  socket: "/run/postgresql",
  state: "/run/holdfast",
  lock: "/run/pgbackrest",
  spool: "/var/spool/pgbackrest",
  log: "/var/log/pgbackrest",
  tmp: "/tmp",
} as const;

function podOf(primary: Primary, name: string, environment: Readonly<Record<string, string>>) {
  const env = {
    PGDATA: "/var/lib/postgresql/data/pgdata",
    PGHOST: "/run/postgresql",
    HF_EPOCH: String(primary.epoch),
    HF_SIDE_CONFIG: "restore-current",
    ...environment,
  };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { [faultLabel]: "side" } },
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 999,
        runAsGroup: 999,
        fsGroup: 999,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "side",
          image: "lab.holdfast.test/postgres:lab",
          imagePullPolicy: "IfNotPresent",
          command: ["/holdfast/bin/side-restore.sh", "-c", "shared_buffers=64MB"],
          env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: [
            ...Object.entries(volumes).map(([volume, mountPath]) => ({ name: volume, mountPath })),
            { name: "scripts", mountPath: "/holdfast/bin", readOnly: true },
            { name: "config", mountPath: "/etc/holdfast/pgbackrest", readOnly: true },
            { name: "tls", mountPath: "/etc/holdfast/tls", readOnly: true },
          ],
        },
      ],
      volumes: [
        ...Object.keys(volumes).map((volume) => ({ name: volume, emptyDir: {} })),
        // Not all of the map: run.env is what the living stack's own run asked for, and would win over this pod's.
        {
          name: "scripts",
          configMap: {
            name: "database-scripts",
            defaultMode: 0o555,
            items: Object.keys(readScripts()).map((key) => ({ key, path: key })),
          },
        },
        { name: "config", secret: { secretName: "pgbackrest", defaultMode: 0o440 } },
        { name: "tls", secret: { secretName: "holdfast-tls", defaultMode: 0o440 } },
      ],
    },
  };
}
