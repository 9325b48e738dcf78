import { z } from "zod";
import type { Site } from "../../../contract/stack.ts";
import type { KubePort } from "../../../drill/ports/cluster.ts";
import type { BackupSetInfo } from "../../../drill/ports/repository.ts";
import { psql } from "./database.ts";
import type { WorldState } from "./state.ts";
import { servicesAtMs } from "./timeline.ts";

/** Each site's API server: its objects, its database pod, and jobs that are over at once. */
export function createFakeKube(
  state: WorldState,
  addSet: (type: BackupSetInfo["type"]) => void,
): (site: Site) => KubePort {
  const { faults, calls } = state;
  const jobs = new Set<string>();
  return (site) => ({
    site,
    reach: async () =>
      site === faults.unreachableSite || (site === "primary" && !state.primaryUp)
        ? { reachable: false, detail: "timeout" }
        : { reachable: true, detail: "ok" },
    async exec(_target, command) {
      calls.push(`exec ${site} ${command[0]}`);
      const statement = command.find((part) => part.startsWith("--command="));
      return {
        exitCode: 0,
        stdout: statement === undefined ? "" : `${psql(state, site, statement.slice(10))}\n`,
        stderr: "",
      };
    },
    async get(kind, _namespace, name) {
      switch (kind) {
        case "v1/Namespace":
          return state.rehearsalStands || faults.leftover === "namespace" ? { metadata: {} } : null;
        case "v1/Secret":
          return repositorySecret(state, site);
        case "v1/PersistentVolumeClaim":
          return drClaim(state);
        default:
          return state.sinceActivationMs() < servicesAtMs ? null : deployment(state, name);
      }
    },
    list: async (kind) => (kind === "v1/Pod" ? podsNotReady(state) : volumes(state)),
    apply: async () => undefined,
    delete: async () => undefined,
    async createJobFromCronJob({ cronJob, job }) {
      if (jobs.has(`${site} ${job}`)) return; // 409: as the adapter has it
      jobs.add(`${site} ${job}`);
      calls.push(`job ${site} ${cronJob}`);
      const type = z.enum(["full", "diff", "incr"]).parse(cronJob.split("-").at(-1));
      if (!faults.backupsDoNothing) addSet(type);
    },
    jobState: async (_namespace, job) => ({
      state: jobs.has(`${site} ${job}`) ? "succeeded" : "absent",
      detail: "",
    }),
    logs: async () => "log line",
  });
}

function repositorySecret({ faults }: WorldState, site: Site): unknown {
  const passphrase = site === "dr" ? faults.drPassphrase : undefined;
  if (passphrase === null) return null;
  const text = `repo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=${passphrase ?? "the right one"}\n`;
  return { data: { "archive-offsite.conf": Buffer.from(text).toString("base64") } };
}

function drClaim({ faults }: WorldState): unknown {
  return faults.drVolumeAsked === undefined
    ? { status: { capacity: { storage: faults.drVolume ?? "50Gi" } } }
    : {
        spec: { resources: { requests: { storage: faults.drVolumeAsked } } },
        status: { phase: "Pending" },
      };
}

function deployment({ missingService }: WorldState, name: string): unknown {
  const missing = name === missingService;
  return {
    spec: {
      replicas: 1,
      template: {
        spec: { containers: [{ image: `lab.holdfast.test/${name}:${missing ? "wrong" : "lab"}` }] },
      },
    },
    status: missing
      ? {
          conditions: [
            { type: "Progressing", status: "True" },
            {
              type: "Available",
              status: "False",
              message: "Deployment does not have minimum availability.",
            },
          ],
        }
      : { readyReplicas: 1 },
  };
}

/** Of dr: of each service that is not ready, as kubelet says it of an image that nobody has. */
function podsNotReady({ missingService }: WorldState): readonly unknown[] {
  if (missingService === null) return [];
  const waiting = { reason: "ErrImagePull", message: "no such host" };
  return [
    {
      metadata: { labels: { "app.kubernetes.io/name": missingService } },
      status: { containerStatuses: [{ name: missingService, state: { waiting } }] },
    },
  ];
}

function volumes({ rehearsalStands, faults }: WorldState): readonly unknown[] {
  const rehearsals = {
    metadata: { name: "dr-03" },
    spec: { claimRef: { namespace: "holdfast-rehearsal" } },
    status: { phase: rehearsalStands ? "Bound" : "Released" },
  };
  return [
    { metadata: { name: "dr-01" }, spec: {}, status: { phase: "Available" } },
    {
      metadata: { name: "dr-02" },
      spec: { claimRef: { namespace: "holdfast" } },
      status: { phase: "Bound" },
    },
    ...(rehearsalStands || faults.leftover === "volume" ? [rehearsals] : []),
  ];
}
