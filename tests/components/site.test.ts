// Shows: what a site's stack registers in each role, with which options. Does not show that Kubernetes accepts
// or runs any of it; tests/lab does.
import { describe, expect, it } from "vitest";
import { stackContractSchema } from "../../contract/stack.ts";
import { deploy, isSecret, one, type Registered, reveal, type TermState, type Value } from "./deploy.ts";

const first: TermState = { epoch: 1, activeSite: "primary", sourceEpoch: 0 };
const follows: TermState = { epoch: 1, activeSite: "primary", sourceEpoch: 1 };
const promoted: TermState = { epoch: 2, activeSite: "dr", sourceEpoch: 1 };

const statefulSet = "kubernetes:apps/v1:StatefulSet";
const deployment = "kubernetes:apps/v1:Deployment";
const cronJob = "kubernetes:batch/v1:CronJob";

const asActive = { "site.role": "active", "site.handover": 1 };

describe("a site's stack", () => {
  it("registers exactly these children, by these names: each is in every state file", async () => {
    const { resources } = await deploy("dr", promoted, asActive);
    expect(resources.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "holdfast:backup:BackupSchedule backup",
      "holdfast:database:Database database",
      "holdfast:documents:Documents documents",
      "holdfast:index:Fence term-fence",
      "holdfast:index:Term term",
      "holdfast:index:WeightedRecord traffic-database",
      "holdfast:index:WeightedRecord traffic-flows.holdfast.test",
      "holdfast:index:WeightedRecord traffic-notify.holdfast.test",
      "holdfast:index:WeightedRecord traffic-public",
      "holdfast:services:Service gateway",
      "holdfast:services:Service n8n",
      "holdfast:services:Service notifications",
      "holdfast:services:Service odoo",
      "holdfast:services:Service opening-hours",
      "holdfast:site:SiteStack site",
      "holdfast:storage:SiteStore objects",
      "holdfast:term:SiteTerm term",
      "holdfast:traffic:TrafficWeights traffic",
      "kubernetes:apps/v1:Deployment documents",
      "kubernetes:apps/v1:Deployment gateway",
      "kubernetes:apps/v1:Deployment n8n",
      "kubernetes:apps/v1:Deployment notifications",
      "kubernetes:apps/v1:Deployment odoo",
      "kubernetes:apps/v1:Deployment opening-hours",
      "kubernetes:apps/v1:StatefulSet database",
      "kubernetes:apps/v1:StatefulSet objects",
      "kubernetes:batch/v1:CronJob backup-offsite-diff",
      "kubernetes:batch/v1:CronJob backup-offsite-full",
      "kubernetes:batch/v1:CronJob backup-offsite-incr",
      "kubernetes:batch/v1:CronJob backup-offsite-logical-dump",
      "kubernetes:batch/v1:CronJob backup-offsite-restore-test",
      "kubernetes:batch/v1:CronJob backup-offsite-verify",
      "kubernetes:batch/v1:CronJob backup-site-diff",
      "kubernetes:batch/v1:CronJob backup-site-full",
      "kubernetes:batch/v1:CronJob backup-site-incr",
      "kubernetes:batch/v1:CronJob backup-site-restore-test",
      "kubernetes:batch/v1:CronJob backup-site-verify",
      "kubernetes:core/v1:ConfigMap database-scripts",
      "kubernetes:core/v1:ConfigMap documents-scripts",
      "kubernetes:core/v1:ConfigMap gateway-config",
      "kubernetes:core/v1:ConfigMap notifications-files",
      "kubernetes:core/v1:ConfigMap odoo-scripts",
      "kubernetes:core/v1:ConfigMap opening-hours-files",
      "kubernetes:core/v1:ConfigMap restore-test-scripts",
      "kubernetes:core/v1:Namespace namespace",
      "kubernetes:core/v1:Namespace restore-test-namespace",
      "kubernetes:core/v1:PersistentVolumeClaim database-volume",
      "kubernetes:core/v1:PersistentVolumeClaim objects-volume",
      "kubernetes:core/v1:PersistentVolumeClaim odoo-volume",
      "kubernetes:core/v1:Secret backup-dump",
      "kubernetes:core/v1:Secret backup-records",
      "kubernetes:core/v1:Secret database-pgbackrest",
      "kubernetes:core/v1:Secret database-roles",
      "kubernetes:core/v1:Secret documents-copy",
      "kubernetes:core/v1:Secret documents-password",
      "kubernetes:core/v1:Secret documents-service",
      "kubernetes:core/v1:Secret n8n-config",
      "kubernetes:core/v1:Secret notifications-env",
      "kubernetes:core/v1:Secret objects-identities",
      "kubernetes:core/v1:Secret odoo-config",
      "kubernetes:core/v1:Secret restore-test-pgbackrest",
      "kubernetes:core/v1:Secret tls",
      "kubernetes:core/v1:Service database",
      "kubernetes:core/v1:Service database-metrics",
      "kubernetes:core/v1:Service database-pgbackrest",
      "kubernetes:core/v1:Service documents-metrics",
      "kubernetes:core/v1:Service gateway",
      "kubernetes:core/v1:Service n8n",
      "kubernetes:core/v1:Service notifications",
      "kubernetes:core/v1:Service objects",
      "kubernetes:core/v1:Service odoo",
      "kubernetes:core/v1:Service opening-hours",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy gateway",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy n8n",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy notifications",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy odoo",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy opening-hours",
      "kubernetes:networking.k8s.io/v1:NetworkPolicy restore-test-closed",
      "kubernetes:policy/v1:PodDisruptionBudget gateway",
      "kubernetes:policy/v1:PodDisruptionBudget n8n",
      "kubernetes:policy/v1:PodDisruptionBudget notifications",
      "kubernetes:policy/v1:PodDisruptionBudget odoo",
      "kubernetes:policy/v1:PodDisruptionBudget opening-hours",
      "pulumi:providers:holdfast third-place",
      "pulumi:providers:kubernetes kubernetes",
      "pulumi:providers:random random",
      "random:index/randomPassword:RandomPassword database-holdfast_dump",
      "random:index/randomPassword:RandomPassword database-odoo",
      "random:index/randomPassword:RandomPassword database-postgres",
      "random:index/randomPassword:RandomPassword objects-documents-key",
      "random:index/randomPassword:RandomPassword objects-documents-secret",
    ]);
  });

  it("names every provider, and the site's cluster by context and identifier", async () => {
    const { resources } = await deploy("primary", first);
    const withoutProvider = resources.filter(
      ({ custom, type, provider }) => custom && !type.startsWith("pulumi:providers:") && provider === "",
    );
    expect(withoutProvider).toEqual([]);
    const { inputs } = one(resources, "pulumi:providers:kubernetes");
    expect(inputs).toMatchObject({ context: "primary", clusterIdentifier: "holdfast-lab-primary" });
    expect(Object.keys(inputs)).not.toContain("kubeconfig");
    expect(Object.keys(inputs)).not.toContain("deleteUnreachable");
  });

  it("gives a contract that the drill can read", async () => {
    const { contract } = await deploy("dr", promoted, asActive);
    expect(stackContractSchema.parse(contract)).toMatchObject({
      stack: "dr",
      role: "active",
      epoch: 2,
      stanzaPath: "/epochs/2",
      database: { pod: "database-0", container: "postgres" },
    });
  });

  it("moves the weights last: after database, Odoo and gateway", async () => {
    const { resources } = await deploy("dr", promoted, asActive);
    const waitedFor = [
      one(resources, statefulSet, "database"),
      one(resources, deployment, "odoo"),
      one(resources, deployment, "gateway"),
    ];
    const records = resources.filter(({ type }) => type === "holdfast:index:WeightedRecord");
    expect(records.map(({ inputs }) => inputs.name).sort()).toEqual([
      "db.holdfast.test",
      "erp.holdfast.test",
      "flows.holdfast.test",
      "notify.holdfast.test",
    ]);
    for (const record of records) {
      for (const { urn } of waitedFor) expect(record.dependencies).toContain(urn);
      expect(record.inputs.targets).toEqual([
        { address: "198.18.0.11", weight: 0 },
        { address: "198.18.0.12", weight: 100 },
      ]);
    }
  });

  it("does not wait with the weights for a service that is not critical", async () => {
    const { resources } = await deploy("dr", promoted, { ...asActive, "services.odoo.critical": false });
    const odoo = one(resources, deployment, "odoo").urn;
    const record = one(resources, "holdfast:index:WeightedRecord", "traffic-public");
    expect(record.dependencies).not.toContain(odoo);
    expect(record.dependencies).toContain(one(resources, deployment, "gateway").urn);
  });

  it("starts every service beside the database, not after it, and not before it has its settings", async () => {
    const { resources } = await deploy("dr", promoted, asActive);
    for (const name of ["odoo", "n8n", "notifications", "opening-hours", "gateway"]) {
      const { dependencies } = one(resources, deployment, name);
      expect(dependencies).not.toContain(one(resources, statefulSet, "database").urn);
      for (const settings of ["database-pgbackrest", "database-roles"])
        expect(dependencies).toContain(one(resources, "kubernetes:core/v1:Secret", settings).urn);
    }
  });

  it("copies documents on when the database is there, and at once where it stands by", async () => {
    for (const [role, waits] of [
      ["active", true],
      ["standby", false],
    ] as const) {
      const { resources } = await deploy("dr", promoted, { ...asActive, "site.role": role });
      const { dependencies } = one(resources, deployment, "documents");
      expect(dependencies.includes(one(resources, statefulSet, "database").urn)).toBe(waits);
    }
  });

  it("runs nothing by the clock before the database is there, and suspends at once when it stands by", async () => {
    const jobsAfter = async (...args: Parameters<typeof deploy>): Promise<readonly boolean[]> => {
      const { resources } = await deploy(...args);
      const { urn } = one(resources, statefulSet, "database");
      return resources
        .filter(({ type }) => type === cronJob)
        .map(({ dependencies }) => dependencies.includes(urn));
    };
    expect(new Set(await jobsAfter("dr", promoted, asActive))).toEqual(new Set([true]));
    expect(new Set(await jobsAfter("dr", follows))).toEqual(new Set([false]));
  });

  it("fences the other site, before anything of the new epoch starts", async () => {
    const { resources } = await deploy("dr", promoted, asActive);
    const fence = one(resources, "holdfast:index:Fence");
    expect(fence.inputs).toMatchObject({ fencedSite: "primary", epoch: 2, bucket: "holdfast-control" });
    expect(one(resources, statefulSet, "database").dependencies).toContain(fence.urn);
    expect(one((await deploy("primary", first)).resources, "holdfast:index:Fence").inputs.fencedSite).toBe(
      "dr",
    );
  });
});

describe("standby", () => {
  it("runs nothing but its store and the documents' copy, schedules nothing, fences nobody, and leaves the weights with the other", async () => {
    const { resources } = await deploy("dr", follows);
    const replicas = (type: string, name: string): Value => one(resources, type, name).inputs.spec.replicas;
    expect([
      replicas(statefulSet, "database"),
      replicas(deployment, "odoo"),
      replicas(deployment, "gateway"),
    ]).toEqual([0, 0, 0]);
    expect(replicas(statefulSet, "objects")).toBe(1);
    // Its copy of the documents goes on: that is what it stands by with.
    expect(replicas(deployment, "documents")).toBe(1);
    const jobs = resources.filter(({ type }) => type === cronJob);
    expect(jobs).toHaveLength(11);
    for (const job of jobs) expect(job.inputs.spec.suspend).toBe(true);
    expect(resources.filter(({ type }) => type === "holdfast:index:Fence")).toEqual([]);
    expect(one(resources, "holdfast:index:WeightedRecord", "traffic-public").inputs.targets).toEqual([
      { address: "198.18.0.11", weight: 100 },
      { address: "198.18.0.12", weight: 0 },
    ]);
  });

  it("is not waited for where Kubernetes would wait for ever", async () => {
    const { resources } = await deploy("dr", follows);
    const kinds = ["kubernetes:core/v1:Service", "kubernetes:core/v1:PersistentVolumeClaim"];
    const found = resources.filter(({ type }) => kinds.includes(type));
    expect(found).toHaveLength(13);
    for (const { inputs } of found) expect(inputs.metadata.annotations["pulumi.com/skipAwait"]).toBe("true");
    // A Deployment is waited for until its claim is bound, which here has no consumer.
    const withClaim = resources.filter(
      ({ type, inputs }) =>
        type === deployment &&
        inputs.spec.template.spec.volumes.some((volume: Value) => volume.persistentVolumeClaim !== undefined),
    );
    expect(withClaim.map(({ name }) => name)).toEqual(["odoo"]);
    for (const { inputs } of withClaim)
      expect(inputs.metadata.annotations["pulumi.com/skipAwait"]).toBe("true");
  });

  it("is waited for where it serves, and while it drains", async () => {
    for (const changes of [asActive, { "site.role": "draining" }]) {
      const { resources } = await deploy("dr", promoted, changes);
      expect(one(resources, deployment, "odoo").inputs.metadata.annotations).toEqual({});
    }
  });
});

describe("what must not change with the role", () => {
  it("is what Kubernetes would replace the database for", async () => {
    const immutable = ({ inputs: { spec } }: Registered): Value => ({
      selector: spec.selector,
      serviceName: spec.serviceName,
      podManagementPolicy: spec.podManagementPolicy,
      volumeClaimTemplates: spec.volumeClaimTemplates,
    });
    const standby = one((await deploy("dr", follows)).resources, statefulSet, "database");
    const active = one((await deploy("dr", promoted, asActive)).resources, statefulSet, "database");
    const draining = one(
      (await deploy("dr", promoted, { "site.role": "draining" })).resources,
      statefulSet,
      "database",
    );
    expect(immutable(active)).toEqual(immutable(standby));
    expect(immutable(draining)).toEqual(immutable(standby));
    expect(immutable(standby)).toMatchObject({
      podManagementPolicy: "Parallel",
      volumeClaimTemplates: undefined,
    });
  });

  it("is not rolled by a run: the next ordinary up has none", async () => {
    const template = async (changes: Record<string, unknown>): Promise<Value> =>
      one((await deploy("dr", promoted, { ...asActive, ...changes })).resources, statefulSet, "database")
        .inputs.spec.template;
    const plain = await template({});
    expect(await template({ "recovery.run": "2026-11-25-a", "recovery.timeline": 7 })).toEqual(plain);
  });

  it("is rolled by a new term", async () => {
    const at = async (term: TermState): Promise<Value> =>
      one((await deploy("dr", term, asActive)).resources, statefulSet, "database").inputs.spec.template
        .metadata.annotations;
    expect((await at(promoted))["holdfast.dev/epoch"]).toBe("2");
    expect((await at({ ...promoted, epoch: 4, sourceEpoch: 3 }))["holdfast.dev/epoch"]).toBe("4");
  });
});

describe("what is irreplaceable", () => {
  const claims = ["database-volume", "objects-volume"];

  it.each([
    [true, { "database.protect": true, "store.protect": true }],
    [false, {}],
  ])("is protected and retained: %j, as %j says", async (expected, changes) => {
    const { resources } = await deploy("primary", first, changes);
    const kept = [
      ...claims.map((name) => one(resources, "kubernetes:core/v1:PersistentVolumeClaim", name)),
      one(resources, "kubernetes:core/v1:Namespace", "namespace"),
    ];
    for (const { protect, retainOnDelete } of kept)
      expect([protect, retainOnDelete]).toEqual([expected, expected]);
  });

  it("waits as long as the budget says, not ten minutes", async () => {
    const { resources } = await deploy("dr", promoted, { ...asActive, "recovery.startup": "2 hours" });
    for (const resource of [one(resources, statefulSet, "database"), one(resources, deployment, "odoo")]) {
      expect(Number.parseInt(resource.updateTimeout, 10)).toBeGreaterThan(2 * 3600);
    }
    const { spec } = one(resources, statefulSet, "database").inputs.spec.template;
    const { periodSeconds, failureThreshold } = spec.containers[0].startupProbe;
    expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(2 * 3600);
  });
});

describe("secrets", () => {
  it("are secret wherever they are given", async () => {
    const { resources } = await deploy("primary", first);
    const secrets = resources.filter(({ type }) => type === "kubernetes:core/v1:Secret");
    expect(secrets).toHaveLength(13);
    for (const { name, inputs } of secrets) {
      const values = isSecret(inputs.stringData)
        ? [inputs.stringData]
        : Object.entries(inputs.stringData)
            .filter(([file]) => file !== "master.toml")
            .map(([, value]) => value);
      expect(values.length, name).toBeGreaterThan(0);
      for (const value of values) expect(isSecret(value), name).toBe(true);
    }
  });

  it("are nowhere in clear: not in an environment, not in an argument, not in a ConfigMap", async () => {
    const { resources } = await deploy("primary", first);
    const clear = JSON.stringify(resources.map(({ inputs }) => withoutSecrets(inputs)));
    expect(clear).not.toMatch(/content of|generated database-/);
  });
});

describe("a restore test", () => {
  it("has a namespace, a volume and scripts of its own, and not the key that writes to the third place", async () => {
    const { resources } = await deploy("primary", first);
    const { stringData } = one(resources, "kubernetes:core/v1:Secret", "restore-test-pgbackrest").inputs;
    const files: Record<string, string> = reveal(stringData);
    expect(Object.keys(files).sort()).toEqual([
      "offsite-ca.crt",
      "records.conf",
      "restore-offsite.conf",
      "restore-site.conf",
      "site-ca.crt",
    ]);
    expect(files["restore-offsite.conf"]).toMatch(/^repo1-path=\/epochs\/1$/m);
    expect(files["restore-offsite.conf"]).toContain("repo1-s3-key=content of offsite-reader.key");
    expect(files["records.conf"]).toContain("repo1-s3-key=content of offsite-recorder.key");
    expect(JSON.stringify(files)).not.toContain("offsite-writer");
    for (const repository of ["offsite", "site"]) {
      const { metadata, spec } = one(resources, cronJob, `backup-${repository}-restore-test`).inputs;
      expect(metadata.namespace).toBe("holdfast-restore-test");
      const job = spec.jobTemplate.spec;
      expect(job).toMatchObject({ backoffLimit: 0, ttlSecondsAfterFinished: 600 });
      const { containers, volumes } = job.template.spec;
      expect(containers[0].command).toEqual(["/holdfast/bin/restore-test", repository]);
      expect(containers[0].args.join(" ")).toContain("archive_mode=off");
      const data = volumes.find(({ name }: { name: string }) => name === "data");
      expect(data.ephemeral.volumeClaimTemplate.spec.resources.requests.storage).toBe("20Gi");
    }
  });

  it("leaves nothing behind where it never runs", async () => {
    const { resources } = await deploy("primary", first, { "backup.schedules.restoreTest": "never" });
    expect(resources.filter(({ name }) => name.includes("restore-test"))).toEqual([]);
  });
});

describe("every pod", () => {
  it("fits Pod Security restricted, with no token and a read-only root", async () => {
    const { resources } = await deploy("primary", first);
    const pods = resources.flatMap(({ name, type, inputs }): [string, Value][] => {
      if (type === cronJob) return [[name, inputs.spec.jobTemplate.spec.template.spec]];
      if (type === statefulSet || type === deployment) return [[name, inputs.spec.template.spec]];
      return [];
    });
    expect(pods).toHaveLength(19);
    for (const [name, spec] of pods) {
      expect(spec.automountServiceAccountToken, name).toBe(false);
      expect(spec.securityContext, name).toMatchObject({
        runAsNonRoot: true,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      });
      for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
        const { runAsUser, runAsGroup: _, ...security } = container.securityContext;
        // The exporters' own; nobody's is root's.
        expect([undefined, 65534], `${name} ${container.name}`).toContain(runAsUser);
        expect(security, `${name} ${container.name}`).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(container.resources.limits.memory, `${name} ${container.name}`).toBeDefined();
        expect(container.imagePullPolicy).toBe("IfNotPresent");
      }
    }
    for (const name of ["namespace", "restore-test-namespace"]) {
      const { labels } = one(resources, "kubernetes:core/v1:Namespace", name).inputs.metadata;
      expect(labels["pod-security.kubernetes.io/enforce"], name).toBe("restricted");
    }
  });
});

function withoutSecrets(value: Value): Value {
  if (isSecret(value)) return null;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSecrets(inner)]));
}
