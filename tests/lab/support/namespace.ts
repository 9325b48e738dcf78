import { join } from "node:path";
import { execa } from "execa";
import type { SiteName } from "../../../lab/net/addresses.ts";
import { layout } from "./places.ts";

export type Kubectl = (args: readonly string[], input?: unknown) => Promise<string>;

/** kubectl for one namespace of one site. */
export function kubectlFor(site: SiteName, namespace: string): Kubectl {
  const fixed = [`--kubeconfig=${layout.kubeconfig(site)}`, `--namespace=${namespace}`];
  return async (args, input) => {
    const body = input === undefined ? {} : { input: JSON.stringify(input) };
    return (await execa(join(layout.bin, "kubectl"), [...fixed, ...args], body)).stdout;
  };
}

/** A namespace under the standard that the product's own must meet. */
export async function makeNamespace(kubectl: Kubectl, name: string): Promise<void> {
  // An interrupted run leaves one, with what it made in it.
  await removeNamespace(kubectl, name);
  await kubectl(["apply", "-f", "-"], {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  });
  // A namespace's first pod is refused until its service account is there.
  await kubectl(["wait", "--for=create", "serviceaccount/default", "--timeout=180s"]);
}

export const removeNamespace = (kubectl: Kubectl, name: string): Promise<string> =>
  kubectl(["delete", "namespace", name, "--ignore-not-found", "--timeout=300s"]);

/** A pod that sleeps, as the restricted standard wants it. */
export function sleeper(name: string, claim?: string): Readonly<Record<string, unknown>> {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 999,
        runAsGroup: 999,
        fsGroup: 999,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [
        {
          name: "main",
          image: "lab.holdfast.test/postgres:lab",
          imagePullPolicy: "IfNotPresent",
          command: ["sleep", "infinity"],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          ...(claim === undefined ? {} : { volumeMounts: [{ name: "data", mountPath: "/data" }] }),
        },
      ],
      ...(claim === undefined
        ? {}
        : { volumes: [{ name: "data", persistentVolumeClaim: { claimName: claim } }] }),
    },
  };
}
