// The example on premises on the engine: its third place, then the stacks `primary` and `dr` with the real Kubernetes
// provider: previews, ups, an update, refreshes, the promotion of dr and destroys. API server, admission, controllers and
// scheduler are real, SeaweedFS and PowerDNS too. Does not prove what runs in a pod: the nodes are hollow.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HollowCluster, startHollowCluster } from "./support/hollow/cluster.ts";
import { type SiteEngine, startSiteEngine } from "./support/sites/engine.ts";
import { describeSites } from "./support/sites/lives.ts";

let cluster: HollowCluster;
beforeAll(async () => {
  cluster = await startHollowCluster(["primary", "dr"]);
});
afterAll(() => cluster?.stop());

describe("on-premises: the third place", () => {
  let engine: SiteEngine;
  const repository = "example-holdfast-repository";
  beforeAll(async () => {
    engine = await startSiteEngine("on-premises", cluster);
  });
  afterAll(() => engine?.stop());

  const unchanged = async (): Promise<void> => {
    await engine.pulumi("offsite", "up", "--yes", "--skip-preview", "--expect-no-changes");
    await engine.pulumi("offsite", "refresh", "--yes", "--expect-no-changes");
  };

  test("a preview makes nothing, an up all of it, and then there is nothing to do", async () => {
    expect(await engine.pulumi("offsite", "preview")).toMatch(/\+ \d+ to create/u);
    expect(await engine.third.store.hasBucket(repository)).toBe(false);
    await engine.up("offsite");
    expect(await engine.third.store.getObjectLock(repository)).toEqual({
      enabled: true,
      rule: { mode: "COMPLIANCE", days: 7 },
    });
    expect(await engine.third.names.ask("offsite.example.com", 1)).toEqual(["192.0.2.20"]);
    await unchanged();
  });

  test("a longer life of old versions is an update in place, and arrives", async () => {
    await engine.edit("offsite", [/noncurrentDays: 14/u, "noncurrentDays: 15"]);
    expect(await engine.up("offsite")).toEqual(longerLife);
    const [rule] = await engine.third.store.getLifecycle(repository);
    expect(rule?.noncurrentDays).toBe(15);
    await unchanged();
  });

  test("a destroy is refused while things are protected, and takes what is empty once they are not", async () => {
    const destroy = ["destroy", "--yes", "--skip-preview"];
    expect(await engine.failure("offsite", ...destroy)).toMatch(/protect/u);
    await engine.pulumi("offsite", "state", "unprotect", "--all", "--yes");
    await engine.pulumi("offsite", ...destroy);
    expect(await engine.third.store.hasBucket(repository)).toBe(false);
    await expect(engine.third.names.ask("offsite.example.com", 1)).rejects.toThrow();
  });
});

const longerLife: readonly string[] = [];

describeSites("on-premises", () => cluster);
