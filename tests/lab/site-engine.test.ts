// The example on premises on the engine: its third place, then the stacks `primary` and `dr` with the real Kubernetes
// provider: previews, ups, an update, refreshes, the promotion of dr and destroys. API server, admission, controllers and
// scheduler are real, SeaweedFS and PowerDNS too. Does not prove what runs in a pod: the nodes are hollow.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HollowCluster, startHollowCluster } from "./support/hollow/cluster.ts";
import { describeSites } from "./support/sites/lives.ts";

let cluster: HollowCluster;
beforeAll(async () => {
  cluster = await startHollowCluster(["primary", "dr"]);
});
afterAll(() => cluster?.stop());

const repository = "example-holdfast-repository";
const locked = ["documents", "records", "repository"];

describeSites("on-premises", () => cluster, {
  testLife(engineOf) {
    test("offsite: a preview makes nothing, an up all of it, and then there is nothing to do", async () => {
      const { third, ...engine } = engineOf();
      expect(await engine.pulumi("offsite", "preview")).toMatch(/\+ \d+ to create/u);
      expect(await third.store.hasBucket(repository)).toBe(false);
      await engine.up("offsite");
      const rule = { mode: "COMPLIANCE", days: 7 };
      expect(await third.store.getObjectLock(repository)).toEqual({ enabled: true, rule });
      expect(await third.names.ask("offsite.example.com", 1)).toEqual(["192.0.2.20"]);
      await engine.unchanged("offsite");
    });

    test("offsite: a longer life of old versions is an update in place, and arrives", async () => {
      const { third, ...engine } = engineOf();
      await engine.edit("offsite", [/noncurrentDays: 14/u, "noncurrentDays: 15"]);
      expect(await engine.up("offsite")).toEqual(locked.map((name) => `update Bucket ${name}`));
      const [rule] = await third.store.getLifecycle(repository);
      expect(rule?.noncurrentDays).toBe(15);
      await engine.asItIs("offsite");
    });
  },

  testDestroy(engineOf) {
    test("offsite: a destroy is refused, and leaves the buckets and the epoch once it is not", async () => {
      const { third, ...engine } = engineOf();
      const destroy = ["destroy", "--yes", "--skip-preview"];
      expect(await engine.failure("offsite", ...destroy)).toMatch(/protect/u);
      await engine.pulumi("offsite", "state", "unprotect", "--all", "--yes");
      await engine.pulumi("offsite", ...destroy);
      for (const name of locked) {
        expect((await third.store.getObjectLock(`example-holdfast-${name}`)).rule?.days, name).toBe(7);
      }
      expect((await third.store.get("example-holdfast-control", "epoch.json"))?.body).toContain('"epoch": 2');
      await expect(third.names.ask("offsite.example.com", 1)).rejects.toThrow();
    });
  },
});
