// What a copy beside production is made of, and that it touches nothing else. Does not show that a cluster takes it:
// tests/faults/recover.test.ts does.
import { describe, expect, test } from "vitest";
import { makeCopy, removeCopy } from "../../cli/side/copy.ts";
import { type CopyPlan, copyManifests } from "../../cli/side/manifests.ts";
import type { KubePort } from "../../drill/ports/cluster.ts";
import { UserError } from "../../errors/user-error.ts";
import { planSite } from "../../plan/index.ts";
import { load } from "../config/stack-files.ts";

const { config } = load("primary");
if (config.kind !== "site") throw new Error("not a site's");
const site = planSite(config);
const [offsite] = site.repositories;
if (offsite === undefined) throw new Error("no repository");

const plan: CopyPlan = {
  namespace: "copy",
  image: site.database.image,
  resources: site.database.resources,
  storageClass: null,
  volumeBytes: 5_000_000_000,
  port: 5432,
  parameters: site.database.parameters,
  repository: offsite,
  ca: "the CA",
  keys: {
    cipher: "the cipher",
    reader: { accessKey: "reader", secretKey: "reader's secret" },
    writer: { accessKey: "writer", secretKey: "writer's secret" },
  },
  epoch: 3,
  recovery: {
    kind: "time",
    target: "2026-11-25 03:04:05+00",
    set: null,
    exclusive: false,
    repository: "offsite",
    asOf: null,
    sourceEpoch: null,
  },
  systemIdentifier: "7",
  createdBy: "somebody",
};

// biome-ignore lint/suspicious/noExplicitAny: a manifest is as deep as it is
const kind = (name: string): any => copyManifests(plan).find((manifest) => manifest.kind === name);

describe("a copy", () => {
  test("reads with the reader's keys, out of the epoch's path, and has no others", () => {
    const text = JSON.stringify(copyManifests(plan));
    expect(kind("Secret").stringData["restore.conf"]).toContain("repo1-path=/epochs/3\n");
    expect(text).toContain("reader's secret");
    expect(text).not.toContain("writer");
    // Nothing of it lies outside the secret.
    expect(JSON.stringify(copyManifests(plan).filter((manifest) => manifest.kind !== "Secret"))).not.toMatch(
      /reader's secret|the cipher/,
    );
  });

  test("archives nothing, listens to itself alone, and is told where to end", () => {
    const [container] = kind("Pod").spec.containers;
    expect(container.args.join(" ")).toContain("archive_mode=off");
    expect(container.args.join(" ")).not.toMatch(/archive_command|ssl/);
    const environment = Object.fromEntries(
      container.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    expect(environment).toMatchObject({
      HF_SIDE_LISTEN: "127.0.0.1",
      HF_CLAIM_BYTES: "5000000000",
      HF_SYSTEM_IDENTIFIER: "7",
      HF_RECOVERY_KIND: "time",
      HF_RECOVERY_TARGET: "2026-11-25 03:04:05+00",
    });
    expect(kind("NetworkPolicy").spec).toEqual({ podSelector: {}, policyTypes: ["Ingress"] });
  });

  test("is restricted, in a namespace that says so", () => {
    expect(kind("Namespace").metadata.labels["pod-security.kubernetes.io/enforce"]).toBe("restricted");
    const { spec } = kind("Pod");
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true },
    });
    expect(spec.containers[0].securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
    });
  });

  test("its claim is its own", () => {
    for (const manifest of copyManifests(plan)) {
      const { name, namespace } = manifest.metadata as { readonly name: string; readonly namespace?: string };
      expect(manifest.kind === "Namespace" ? name : namespace).toBe("copy");
    }
  });
});

describe("another's namespace", () => {
  const changes: string[] = [];
  const kube = (found: unknown): KubePort =>
    ({
      get: async () => found,
      apply: async () => void changes.push("apply"),
      delete: async () => void changes.push("delete"),
    }) as unknown as KubePort;
  const signal = new AbortController().signal;
  const others = {
    metadata: { name: "holdfast", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  };

  test("is neither written to nor removed", async () => {
    await expect(makeCopy(kube(others), plan, signal)).rejects.toThrow(UserError);
    await expect(removeCopy(kube(others), "holdfast", signal)).rejects.toThrow(UserError);
    expect(changes).toEqual([]);
  });

  test("that is not there has nothing to remove", async () => {
    expect(await removeCopy(kube(null), "copy", signal)).toBe(false);
  });
});
