// Shows: what a rehearsal's stack registers, and with whose keys. Does not show that it leaves nothing behind; the lab's test does.
import { describe, expect, it } from "vitest";
import { deploy, one, type Registered } from "./deploy.ts";

const serving = { epoch: 3, activeSite: "primary", sourceEpoch: 3 };
const rehearsal = () => deploy("rehearsal", serving);

const typesOf = (resources: readonly Registered[]): ReadonlySet<string> =>
  new Set(resources.map(({ type }) => type));

describe("a rehearsal's stack", () => {
  it("takes no term, fences nobody, moves no weight and runs nothing by the clock", async () => {
    const { resources } = await rehearsal();
    const types = typesOf(resources);
    for (const type of [
      "holdfast:index:Fence",
      "holdfast:index:WeightedRecord",
      "kubernetes:batch/v1:CronJob",
      "holdfast:traffic:TrafficWeights",
    ])
      expect(types, type).not.toContain(type);
    expect(one(resources, "holdfast:index:Term").inputs.role).toBe("rehearsal");
  });

  it("holds no key that could write to the third place", async () => {
    const { resources } = await rehearsal();
    const text = JSON.stringify(resources);
    for (const identity of ["writer", "recorder", "documents", "keeper", "admin"])
      expect(text, identity).not.toContain(`content of offsite-${identity}`);
    expect(text).toContain("content of offsite-reader.key");
    // The same search finds them where they are.
    expect(JSON.stringify((await deploy("dr", serving)).resources)).toContain(
      "content of offsite-writer.key",
    );
  });

  it("is thrown away whole: nothing protected, nothing kept", async () => {
    const { resources } = await rehearsal();
    expect(resources.filter(({ protect, retainOnDelete }) => protect || retainOnDelete)).toEqual([]);
  });

  it("lives in one namespace of its own, and in no other", async () => {
    const { resources } = await rehearsal();
    const namespaces = resources.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
    expect(namespaces.map(({ inputs }) => inputs.metadata.name)).toEqual(["holdfast-rehearsal"]);
    const outside = resources.filter(
      ({ type, inputs }) =>
        type.startsWith("kubernetes:") &&
        inputs.metadata?.namespace !== undefined &&
        inputs.metadata.namespace !== "holdfast-rehearsal",
    );
    expect(outside.map(({ name }) => name)).toEqual([]);
  });

  it("is reached by its own name and ports, after what is critical", async () => {
    const { resources } = await rehearsal();
    const record = one(resources, "holdfast:index:Record");
    expect(record.inputs).toMatchObject({ name: "rehearsal.holdfast.test", values: ["198.18.0.12"], ttl: 5 });
    for (const [type, name] of [
      ["kubernetes:apps/v1:StatefulSet", "database"],
      ["kubernetes:apps/v1:Deployment", "odoo"],
      ["kubernetes:apps/v1:Deployment", "gateway"],
    ] as const)
      expect(record.dependencies).toContain(one(resources, type, name).urn);
    const nodePorts = (of: readonly Registered[]): readonly number[] =>
      of
        .filter(({ type }) => type === "kubernetes:core/v1:Service")
        .flatMap(({ inputs }) => inputs.spec.ports)
        .flatMap(({ nodePort }) => (nodePort === undefined ? [] : [nodePort]))
        .sort((a, b) => a - b);
    expect(nodePorts(resources)).toEqual([1443, 15_432]);
    const dr = nodePorts((await deploy("dr", serving)).resources);
    expect(dr.filter((port) => nodePorts(resources).includes(port))).toEqual([]);
  });

  it("archives nothing, anywhere", async () => {
    const { resources } = await rehearsal();
    const [container] = one(
      resources,
      "kubernetes:apps/v1:StatefulSet",
      "database",
    ).inputs.spec.template.spec.containers.filter(({ name }: { name: string }) => name === "postgres");
    expect(JSON.stringify(container)).toContain("archive_mode=off");
  });
});
