// What `holdfast status` says of the site that stands by, on ports that answer, refuse or stay silent. Not that an armed
// site does restore: a rehearsal shows that.
import { describe, expect, it } from "vitest";
import { collectStatus } from "../../cli/status/collect.ts";
import { renderStatusReport } from "../../cli/status/render.ts";
import { standbyLine, standbyStatus } from "../../cli/status/standby.ts";
import { chain, places, portsOf, take, type World, world } from "./status-world.ts";

describe("the site that stands by", () => {
  /** What is wrong with it, as `problems` and as its line say. */
  async function expectUnarmed(changes: Partial<World>, problem: string) {
    const report = await take(world(changes));
    expect(report.standby).toMatchObject({ site: "dr", state: "notArmed" });
    expect(report.problems).toContain(problem);
    const [reason] = report.standby?.reasons ?? [];
    expect(renderStatusReport(report)).toContain(`        not armed: ${reason?.reason}; ${reason?.todo}`);
    return report;
  }

  it("is armed where it could restore", async () => {
    const report = await take(world());
    expect(report.standby).toEqual({ site: "dr", state: "armed", reasons: [], handover: null });
    expect(renderStatusReport(report)).toMatch(/^dr .*\n.*\n {8}armed$/m);
  });

  it("is not before its stack was brought up, and nothing else is asked", async () => {
    const { standby } = await expectUnarmed(
      { standbyDeployed: false, standbyPassphrase: null },
      "dr is not armed: its stack was never brought up, or not to the end: there is no StatefulSet database in namespace holdfast; pulumi up --stack dr",
    );
    expect(standby?.reasons).toHaveLength(1);
  });

  it.each([
    [
      "without the repository's passphrase",
      { standbyPassphrase: null },
      "dr is not armed: secret pgbackrest at dr is not there, or has no passphrase; bring it back from escrow, then pulumi up of dr with --refresh",
    ],
    [
      "with another passphrase",
      { standbyPassphrase: "rotated" },
      "dr is not armed: secret pgbackrest at dr has another passphrase than the primary, which writes the repository; give stack dr the same secret (holdfast:backup.cipher), then pulumi up of dr",
    ],
    [
      "without room",
      { info: { ...chain, sets: chain.sets.map((set) => ({ ...set, databaseBytes: 2 ** 40 })) } },
      "dr is not armed: 20261125-004214F needs 1154487209165 bytes with its WAL, volume claim database-data has 21474836480; give stack dr a larger holdfast:database.volume, then pulumi up of dr",
    ],
    [
      "with a volume of a size nobody can read",
      { standbyVolume: "much" },
      "dr is not armed: 20261125-004214F needs 2 bytes with its WAL, volume claim database-data has no size that can be read; give stack dr a larger holdfast:database.volume, then pulumi up of dr",
    ],
    [
      "without a set",
      { info: { ...chain, sets: [] } },
      "dr is not armed: there is no set; make a full backup now",
    ],
  ] satisfies readonly (readonly [string, Partial<World>, string])[])(
    "is not %s",
    async (_, changes, problem) => {
      await expectUnarmed(changes, problem);
    },
  );

  it("is not known where it does not answer; that is said once", async () => {
    const report = await take(world({ dead: new Set(["dr"]) }));
    expect(report.standby).toMatchObject({ state: "unknown" });
    expect(report.standby?.reasons[0]?.todo).toContain("kubectl --context dr get nodes");
    expect(report.problems).toEqual(["dr: the cluster does not answer (connect EHOSTUNREACH)"]);
    expect(renderStatusReport(report)).toContain(
      "nobody can tell whether it is armed: its cluster does not answer",
    );
  });

  it("is not known while there is nobody to compare it with", async () => {
    const report = await take(world({ dead: new Set(["primary"]) }));
    expect(report.standby).toMatchObject({ site: "dr", state: "unknown" });
    expect(report.standby?.reasons.map(({ reason }) => reason)).toEqual([
      "whether it has the repository's passphrase cannot be compared while primary does not answer",
      "the newest set, which it would restore, is not known",
    ]);
  });

  it("is not known where both answer and one refuses: that is a problem", async () => {
    const report = await take(world({ standbyPassphrase: "forbidden" }));
    expect(report.standby).toMatchObject({ state: "unknown" });
    expect(report.problems).toEqual([
      expect.stringContaining("nobody can tell whether dr is armed: kube dr: 403 secrets is forbidden"),
    ]);
  });

  it("is primary while dr serves", async () => {
    const report = await take(world({ active: "dr", names: "198.18.0.12", standbyDeployed: false }));
    expect(report.standby).toMatchObject({ site: "primary", state: "notArmed" });
  });

  it("is nobody while nobody knows who serves", async () => {
    const ports = portsOf(world());
    const report = await collectStatus(
      { ...ports, epoch: { ...ports.epoch, read: async () => null } },
      places,
    );
    expect(report.standby).toBeNull();
  });

  it.each([
    [1, "armed", "armed; its stack file names epoch 1 as handover"],
    [null, "armed", "armed; its stack file names no handover: a promotion writes epoch 1 there too"],
    [7, "notArmed", "not armed: its stack file names epoch 7 as handover, and the present one is 1"],
  ] as const)("whose stack file names epoch %s to take over is %s", async (handover, state, words) => {
    const record = { epoch: 1, holder: "primary", run: null } as const;
    const { sites, repositories } = await take(world());
    const known = { record, sites, offsite: repositories[0], handover };
    const standby = await standbyStatus(portsOf(world()), places, known);
    expect(standby).toMatchObject({ state, handover: { named: handover, present: 1 } });
    expect(standbyLine(standby)).toContain(words);
  });
});
