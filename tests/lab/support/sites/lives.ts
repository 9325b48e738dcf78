import { AppsV1Api, BatchV1Api, CoreV1Api, type V1CronJob, type V1Job } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HollowCluster } from "../hollow/cluster.ts";
import { objectsOf } from "../hollow/objects.ts";
import { type SiteEngine, startSiteEngine } from "./engine.ts";
import { controlBucket } from "./third.ts";

const namespace = "holdfast";
const addresses = { primary: "203.0.113.11", dr: "203.0.113.12" } as const;
const publicName = "erp.example.com";

/** What a third place goes through besides, before the sites and after them. */
export interface ThirdLife {
  testLife(engineOf: () => SiteEngine): void;
  testDestroy(engineOf: () => SiteEngine): void;
}

/**
 * The stacks `primary` and `dr` of an example from their first preview to their destroy, as its page tells a person.
 * One after the other, for there is one cluster: neither of them reads the other's.
 */
export function describeSites(example: string, clusterOf: () => HollowCluster, third?: ThirdLife): void {
  describe(example, () => {
    let engine: SiteEngine;
    let cluster: HollowCluster;
    beforeAll(async () => {
      cluster = clusterOf();
      engine = await startSiteEngine(example, cluster);
    });
    afterAll(() => engine?.stop());

    const epoch = async (): Promise<unknown> => {
      const stored = await engine.third.store.get(controlBucket, "epoch.json");
      return stored === undefined ? undefined : JSON.parse(stored.body);
    };
    const objects = (): Promise<readonly string[]> => objectsOf(cluster.config);

    /** Claims by name and uid: one that was made anew has another. */
    const claimsNow = async (): Promise<readonly string[]> => {
      const core = cluster.config.makeApiClient(CoreV1Api);
      const { items } = await core.listNamespacedPersistentVolumeClaim({ namespace });
      return items.map(({ metadata }) => `${metadata?.name} ${metadata?.uid}`);
    };

    /** What both sites go through alike, in a cluster where `there` is already. */
    function testLife(stack: "primary" | "dr", there: readonly string[]): void {
      test(`${stack}: a preview makes nothing`, async () => {
        const before = await epoch();
        expect(await engine.pulumi(stack, "preview")).toMatch(/\+ \d+ to create/u);
        expect(await objects()).toEqual(there);
        expect(await epoch()).toEqual(before);
      });

      test(`${stack}: up makes all of it on the volumes that are there, and then there is nothing to do`, async () => {
        const claimsBefore = await claimsNow();
        const changes = await engine.up(stack);
        expect(changes.filter((change) => !change.startsWith("create "))).toEqual([]);
        expect(await claimsNow()).toEqual(expect.arrayContaining([...claimsBefore]));
        await engine.unchanged(stack);
      });

      test(`${stack}: another hour and other memory change what they say, in place`, async () => {
        await engine.edit(stack, [/full: "15 1 /u, 'full: "30 1 '], [/memory: 12Gi/u, "memory: 10Gi"]);
        expect(await engine.up(stack)).toEqual(changed);
        await engine.asItIs(stack);
        const cron = { name: "backup-offsite-full", namespace };
        const job = await cluster.config.makeApiClient(BatchV1Api).readNamespacedCronJob(cron);
        expect(job.spec?.schedule).toBe("30 1 * * *");
        const { spec } = await databaseSet();
        expect(spec?.template.spec?.containers[0]?.resources?.requests).toMatchObject({ memory: "10Gi" });
      });
    }

    function testDestroy(stack: "primary" | "dr"): void {
      test(`${stack}: a destroy is refused, and leaves the volumes once it is not`, async () => {
        const destroy = ["destroy", "--yes", "--skip-preview"];
        expect(await engine.failure(stack, ...destroy)).toMatch(/protect/u);
        await engine.pulumi(stack, "state", "unprotect", "--all", "--yes");
        const before = await epoch();
        await engine.pulumi(stack, ...destroy);
        // Whoever was active was so: the next one has to name this epoch.
        expect(await epoch()).toEqual(before);
        await expect.poll(objects, { timeout: 120_000, interval: 500 }).toEqual(kept);
      });
    }

    const databaseSet = () =>
      cluster.config.makeApiClient(AppsV1Api).readNamespacedStatefulSet({ name: "database", namespace });

    test("a site before the third place is refused, with what to do first", async () => {
      expect(await engine.failure("primary", "preview")).toMatch(/deploy the offsite stack first/u);
    });

    if (third === undefined) test("the third place", () => engine.up("offsite"));
    else third.testLife(() => engine);
    test("the sites' keys", async () => {
      await engine.third.issueKeys();
      expect(await epoch()).toBeUndefined();
    });

    testLife("primary", []);

    test("primary: a job of every schedule is let in, gets what it mounts, and ends", async () => {
      const batch = cluster.config.makeApiClient(BatchV1Api);
      const { items } = await batch.listCronJobForAllNamespaces();
      expect(items.length).toBeGreaterThan(10);
      for (const cron of items) await batch.createNamespacedJob(startOf(cron));
      const succeeded = async () =>
        (await batch.listJobForAllNamespaces()).items.filter(({ status }) => status?.succeeded === 1).length;
      await expect.poll(succeeded, { timeout: 120_000, interval: 500 }).toBe(items.length);
    });

    testDestroy("primary");
    // Onto what the other left: it is how a site that was taken away comes back to its data.
    testLife("dr", kept);

    test("dr is promoted by one value and one up, without replacing anything", async () => {
      expect(await engine.third.names.ask(publicName, 20)).toEqual(Array(20).fill(addresses.primary));
      const before = await databaseSet();
      await engine.edit("dr", [/role: standby/u, "role: active\n    handover: 1"]);
      expect(await engine.up("dr")).toEqual([...promoted, ...(moved[example] ?? [])].sort());
      expect(await epoch()).toMatchObject({ epoch: 2, site: "dr", previous: { epoch: 1, site: "primary" } });
      const after = await databaseSet();
      expect(after.metadata?.uid).toBe(before.metadata?.uid);
      expect([before.spec?.replicas, after.spec?.replicas, after.status?.readyReplicas]).toEqual([0, 1, 1]);
      expect(await engine.third.names.ask(publicName, 20)).toEqual(Array(20).fill(addresses.dr));
      await engine.unchanged("dr");
      await engine.asItIs("dr");
    });

    testDestroy("dr");

    test("whoever deletes the namespace has given the data up", async () => {
      await cluster.config.makeApiClient(CoreV1Api).deleteNamespace({ name: namespace });
      await expect.poll(objects, { timeout: 120_000, interval: 500 }).toEqual([]);
    });
    third?.testDestroy(() => engine);
  });
}

/** As `kubectl create job --from=cronjob/NAME` makes one, which goes with its schedule. */
function startOf({ metadata, spec }: V1CronJob) {
  const { name = "", namespace: of = "", uid = "" } = metadata ?? {};
  const owner = { apiVersion: "batch/v1", kind: "CronJob", name, uid, controller: true };
  const body: V1Job = { metadata: { name: `${name}-now`, ownerReferences: [owner] } };
  if (spec?.jobTemplate.spec !== undefined) body.spec = spec.jobTemplate.spec;
  return { namespace: of, body };
}

/** The site's own full backup follows the third place's, and every set is told the hours: the scripts' environment. */
const changed = [
  "update ConfigMap database-scripts",
  "update CronJob backup-offsite-full",
  "update CronJob backup-offsite-restore-test",
  "update CronJob backup-site-full",
  "update CronJob backup-site-restore-test",
  "update StatefulSet database",
];
const schedules = [
  ...["diff", "full", "incr", "logical-dump", "restore-test", "verify"].map((kind) => `offsite-${kind}`),
  ...["diff", "full", "incr", "restore-test", "verify"].map((kind) => `site-${kind}`),
];

/** Of a promotion, whoever answers for the names: keys that write, the new epoch's path, schedules that run, pods. */
const promoted = [
  "create Fence term-fence",
  "create Secret documents-password",
  "update ConfigMap gateway-config",
  ...schedules.map((name) => `update CronJob backup-${name}`),
  "update Deployment documents",
  "update Deployment gateway",
  "update Deployment odoo",
  "update Secret database-pgbackrest",
  "update Secret restore-test-pgbackrest",
  "update StatefulSet database",
  "update Term term",
];

const writersKeys = "update Secret documents-service";

/** What moves the names; and keys that write documents, where the sites hold keys: a role is named in the pod alone. */
const moved: Readonly<Record<string, readonly string[]>> = {
  "on-premises": [
    writersKeys,
    "update WeightedRecord traffic-database",
    "update WeightedRecord traffic-public",
  ],
  "aws-route53": ["HealthCheck traffic-health", "Record traffic-database", "Record traffic-public"].flatMap(
    (of) => ["dr", "primary"].map((site) => `update ${of}-${site}`),
  ),
  "aws-cloudflare": [
    writersKeys,
    "update LoadBalancer traffic-database",
    "update LoadBalancer traffic-public",
  ],
};
const claims = ["database-data", "objects-data", "odoo-data"];
const kept = [
  `Namespace ${namespace}`,
  ...["PersistentVolume", "PersistentVolumeClaim"].flatMap((kind) =>
    claims.map((claim) => `${kind} ${namespace}/${claim}`),
  ),
];
