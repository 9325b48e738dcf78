import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { all, type ComponentResource, type Input, type Output } from "@pulumi/pulumi";
import type { RepositoryPlan, SchedulePlan } from "../../plan/types.ts";
import { childOpts } from "../child-opts.ts";
import { renderRecords, renderTestConfigs } from "../database/all-configs.ts";
import { copyArguments } from "../database/parameters.ts";
import { paths } from "../database/paths.ts";
import { readScripts } from "../database/scripts.ts";
import { makeIdentity, type PodIdentity } from "../identity.ts";
import { labelsOf } from "../labels.ts";
import { formatQuantity } from "../quantity.ts";
import { toRequirements } from "../resources.ts";
import type { BackupScheduleArgs } from "./args.ts";
import { type JobPod, type MountedVolume, scriptsVolume, secretsVolume } from "./cron-job.ts";

/** Where the copies run: a namespace that holds reader's keys, the records' and nothing else. */
export interface TestPlace {
  readonly namespace: Output<string>;
  readonly secret: Output<string>;
  readonly scriptsMap: Output<string>;
  readonly identity: PodIdentity | null;
}

/** Ended jobs give their volume back after this; how they ended is in the records. */
const keptSeconds = 600;

export function makeTestPlace(parent: ComponentResource, args: BackupScheduleArgs): TestPlace {
  const { jobs, repositories, term, secrets } = args;
  const labels = labelsOf("restore-test");
  const namespace = new Namespace(
    "restore-test-namespace",
    {
      metadata: {
        name: jobs.restoreTest.namespace,
        labels: {
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
      },
    },
    childOpts(parent),
  ).metadata.name;
  // A copy of the business's data answers to nobody.
  new NetworkPolicy(
    "restore-test-closed",
    { metadata: { name: "closed", namespace, labels }, spec: { podSelector: {}, policyTypes: ["Ingress"] } },
    childOpts(parent),
  );
  const files = all([
    renderTestConfigs(repositories, term, secrets),
    renderRecords(repositories, jobs.records, secrets),
    all(repositories.map((repository) => secrets(args.authorities[repository.kind]))),
  ]).apply(([configs, records, authorities]) => ({
    ...configs,
    ...records,
    ...Object.fromEntries(
      repositories.map(({ name }, index) => [`${name}-ca.crt`, authorities[index] ?? ""]),
    ),
  }));
  return {
    namespace,
    secret: makeSecret(parent, namespace, files).metadata.name,
    scriptsMap: new ConfigMap(
      "restore-test-scripts",
      { metadata: { name: "scripts", namespace, labels }, data: { ...readScripts() } },
      childOpts(parent),
    ).metadata.name,
    identity: makeIdentity(parent, "restore-test-account", jobs.accounts.verify, namespace, "restore-test"),
  };
}

function makeSecret(
  parent: ComponentResource,
  namespace: Input<string>,
  stringData: Output<Record<string, string>>,
): Secret {
  return new Secret(
    "restore-test-pgbackrest",
    { metadata: { name: "pgbackrest", namespace, labels: labelsOf("restore-test") }, stringData },
    childOpts(parent, { secretOutputs: ["data", "stringData"] }),
  );
}

export function restoreTestPod(
  { repository }: SchedulePlan,
  args: BackupScheduleArgs,
  place: TestPlace,
  common: Readonly<Record<string, Input<string>>>,
): JobPod {
  const { restoreTest } = args.jobs;
  return {
    image: args.database.image,
    command: [`${paths.bin}/restore-test`, repository],
    args: [...copyArguments(args.database.parameters), "-c", `hba_file=${paths.bin}/pg_hba_copy.conf`],
    env: {
      ...common,
      PGDATA: paths.pgData,
      PGHOST: paths.socket,
      PGPORT: String(args.database.port),
      HF_TEST_SET: restoreTest.set,
      HF_TEST_FLOORS: JSON.stringify(restoreTest.floors),
      HF_TEST_JOBS: String(processesOf(args.repositories)),
      HF_CLAIM_BYTES: String(restoreTest.volumeBytes),
    },
    resources: toRequirements(args.database.resources),
    volumes: [
      thrownAway(args),
      ...scratch.map(([name, mountPath]): MountedVolume => ({ volume: { name, emptyDir: {} }, mountPath })),
      { volume: { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "256Mi" } }, mountPath: "/dev/shm" },
      scriptsVolume(place.scriptsMap),
      secretsVolume("config", paths.config, place.secret),
      secretsVolume("config", paths.tls, place.secret),
    ],
    identity: place.identity,
    // A restore that failed is told at once: a second one that went well would only hide it.
    retries: 0,
    keptSeconds,
  };
}

/** A claim that lives as long as the pod. */
function thrownAway({ jobs }: BackupScheduleArgs): MountedVolume {
  const { volumeBytes, storageClass } = jobs.restoreTest;
  return {
    volume: {
      name: "data",
      ephemeral: {
        volumeClaimTemplate: {
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: formatQuantity(volumeBytes) } },
            ...(storageClass === null ? {} : { storageClassName: storageClass }),
          },
        },
      },
    },
    mountPath: paths.volume,
  };
}

function processesOf(repositories: readonly RepositoryPlan[]): number {
  return Math.max(1, ...repositories.map(({ processMax }) => processMax));
}

const scratch = [
  ["socket", paths.socket],
  ["state", paths.state],
  ["lock", paths.lock],
  ["log", paths.log],
  ["spool", paths.spool],
] as const;
