// Shows: what the third place's stack registers, and that it needs no cluster. Does not show that a store obeys.
import { describe, expect, it } from "vitest";
import { stackContractSchema } from "../../contract/stack.ts";
import { deploy, isSecret, one } from "./deploy.ts";

describe("the third place's stack", () => {
  it("registers exactly its buckets, a zone and its records", async () => {
    const { resources } = await deploy("offsite");
    expect(
      resources
        .filter(({ type }) => type !== "pulumi:providers:holdfast")
        .map(({ type, name }) => `${type} ${name}`)
        .sort(),
    ).toEqual([
      "holdfast:index:Bucket control",
      "holdfast:index:Bucket documents",
      "holdfast:index:Bucket records",
      "holdfast:index:Bucket repository",
      "holdfast:index:Record zone-ns1.holdfast.test",
      "holdfast:index:Record zone-ns2.holdfast.test",
      "holdfast:index:Record zone-offsite.holdfast.test",
      "holdfast:index:Record zone-sink.holdfast.test",
      "holdfast:index:Zone zone",
      "holdfast:site:OffsiteStack offsite",
      "holdfast:storage:OffsiteBucket control",
      "holdfast:storage:OffsiteBucket documents",
      "holdfast:storage:OffsiteBucket records",
      "holdfast:storage:OffsiteBucket repository",
      "holdfast:traffic:DnsZone zone",
    ]);
  });

  it("locks what must survive an attack, and not the bucket of the epoch", async () => {
    const { resources } = await deploy("offsite");
    for (const [bucket, name] of [
      ["repository", "holdfast-offsite"],
      ["records", "holdfast-records"],
      ["documents", "holdfast-documents"],
    ] as const)
      expect(one(resources, "holdfast:index:Bucket", bucket).inputs).toMatchObject({
        name,
        versioning: true,
        objectLock: { mode: "GOVERNANCE", days: 7 },
        defaultEncryption: "AES256",
        lifecycle: { noncurrentDays: 14 },
      });
    expect(one(resources, "holdfast:index:Bucket", "control").inputs).toMatchObject({
      name: "holdfast-control",
    });
    expect(one(resources, "holdfast:index:Bucket", "control").inputs).not.toHaveProperty("objectLock");
  });

  it.each([[true], [false]])("protects what cannot be made again: %j", async (protect) => {
    const { resources } = await deploy("offsite", undefined, { "offsite.protect": protect });
    expect(one(resources, "holdfast:index:Bucket", "repository").protect).toBe(protect);
  });

  it("keeps the keys secret, and gives a contract", async () => {
    const { resources, contract } = await deploy("offsite");
    const { inputs } = one(resources, "pulumi:providers:holdfast");
    expect(JSON.stringify(inputs)).toContain("4dabf18193072939515e22adb298388d");
    for (const value of Object.values(inputs))
      if (JSON.stringify(value).includes("content of"))
        expect(isSecret(value) || JSON.stringify(value).includes("4dabf18193072939515e22adb298388d")).toBe(
          true,
        );
    expect(stackContractSchema.parse(contract)).toMatchObject({ site: "offsite", role: null });
  });
});
