import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { benchConfigs } from "../../bench/configs.ts";
import { renderManifest } from "../../bench/manifest.ts";
import { readScripts } from "../../components/database/scripts.ts";
import { planSite } from "../../plan/index.ts";
import { load } from "../config/stack-files.ts";

/** The bench's pod and its pgBackRest options against the product's. That they run is tried on the lab. */

const certificate = readFileSync(new URL("../components/fixtures/site.crt", import.meta.url), "utf8");

function primary(changes: Readonly<Record<string, unknown>> = {}) {
  const { config } = load("primary", changes);
  if (config.kind !== "site") throw new Error("primary is a site");
  return planSite(config);
}

function configsOf(plan: ReturnType<typeof primary>) {
  const [offsite] = plan.repositories;
  if (offsite === undefined) throw new Error("no repository");
  const secrets = { cipher: "c", accessKey: "a", secretKey: "s", certificate };
  return benchConfigs(offsite, secrets, "/bench");
}

function podOf(plan: ReturnType<typeof primary>) {
  const text = renderManifest({
    plan: plan.database,
    stanza: "main",
    sitePushTimeoutSeconds: 5,
    alternativesImage: "bench:lab",
    endpoint: "https://offsite:8333",
    region: "us-east-1",
    prefix: "bench",
    configs: configsOf(plan),
    tls: { "ca.crt": "", "tls.crt": "", "tls.key": "", "offsite-ca.crt": "", "site-ca.crt": "" },
    scripts: readScripts(),
    benchScripts: {},
  });
  const { items } = JSON.parse(text) as { items: { kind: string; metadata: { name: string } }[] };
  return { items, text };
}

describe("pgBackRest's options", () => {
  test("follow the stack file, and never touch a site's own buckets", () => {
    const configs = configsOf(primary({ "backup.processes": 3, "backup.compressLevel": 6 }));
    for (const name of ["archive-offsite.conf", "archive-site.conf", "job-offsite.conf"]) {
      expect(configs[name]).toContain("process-max=3\n");
      expect(configs[name]).toContain("compress-level=6\n");
      expect(configs[name]).toContain("repo1-cipher-type=aes-256-cbc\n");
    }
    const buckets = Object.values(configs).flatMap((text) => [...text.matchAll(/^repo1-s3-bucket=(.*)$/gm)]);
    expect(new Set(buckets.map((match) => match[1]))).toEqual(
      new Set(["holdfast-bench", "holdfast-bench-site"]),
    );
  });
});

describe("the pod", () => {
  test("tells the product's scripts all that they would stop without", () => {
    const { text } = podOf(primary());
    // Comments of a script name what it is told; bash ends at the first that is missing.
    const told = [...(readScripts()["job.sh"] ?? "").matchAll(/^# {3}(HF_[A-Z_, HF]+?) {2,}/gm)].flatMap(
      (match) => (match[1] ?? "").split(", "),
    );
    expect(told).toEqual(["HF_SITE", "HF_EPOCH", "HF_RECORDS_URL"]);
    for (const name of told) expect(text).toContain(`"name":"${name}"`);
  });

  test("has the product's limits in each container, and one namespace around everything", () => {
    const { items } = podOf(primary({ "database.resources.limits.memory": "3Gi" }));
    const pod = items.find(({ kind }) => kind === "Pod") as unknown as {
      spec: { containers: { name: string; resources: { limits: unknown } }[] };
    };
    const limits = Object.fromEntries(
      pod.spec.containers.map(({ name, resources }) => [name, resources.limits]),
    );
    expect(limits).toEqual({
      postgres: { memory: "3Gi" },
      restore: { memory: "3Gi" },
      alternatives: { memory: "3Gi" },
      job: { cpu: "1", memory: "512Mi" },
      pgbackrest: { memory: "512Mi" },
    });
    for (const item of items)
      expect(item.kind === "Namespace" ? item.metadata.name : JSON.stringify(item.metadata)).toContain(
        "holdfast-bench",
      );
  });

  test("starts the server with the plan's own parameters", () => {
    const { items } = podOf(primary({ "database.parameters": { shared_buffers: "384MB" } }));
    const server = items.find(({ metadata }) => metadata.name === "server") as unknown as {
      data: { parameters: string };
    };
    expect(server.data.parameters).toContain("-c\nshared_buffers=384MB\n");
    expect(server.data.parameters).toContain("-c\narchive_mode=on\n");
  });
});
