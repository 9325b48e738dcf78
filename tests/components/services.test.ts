// Shows: what the one base makes of a service that only a stack file knows. Does not show that it runs;
// a drill on the lab does.
import { describe, expect, it } from "vitest";
import { deploy, isSecret, one, type Registered, reveal, type Value } from "./deploy.ts";

const promoted = { epoch: 2, activeSite: "dr", sourceEpoch: 1 };
const changes = {
  "site.role": "active",
  "site.handover": 1,
  "services.opening-hours.secretEnv": { TOKEN: { file: "token" } },
  "services.opening-hours.database": { password: { file: "hours-password" } },
  "services.opening-hours.probe": { path: "/opening-hours/health", startup: "90 seconds", restart: true },
  "services.worker": { image: "example.com/worker:1", group: 3 },
};

const deployment = "kubernetes:apps/v1:Deployment";
const found = async (): Promise<readonly Registered[]> => (await deploy("dr", promoted, changes)).resources;
const pod = (resources: readonly Registered[], name: string): Value =>
  one(resources, deployment, name).inputs.spec.template.spec;

describe("a service of the user's own", () => {
  it("waits for the group before in an init container, which asks its services", async () => {
    const [wait] = pod(await found(), "opening-hours").initContainers;
    expect(wait.name).toBe("wait-for-group");
    expect(wait.image).toBe("lab.holdfast.test/documents:lab");
    expect(wait.command.slice(3)).toEqual(["wait", "n8n/5678"]);
    const [before] = pod(await found(), "n8n").initContainers;
    expect(before.command.slice(3)).toEqual(["wait", "odoo/8069", "notifications/80", "gateway/443"]);
    expect(wait.command[2]).toContain("/dev/tcp/");
    expect(pod(await found(), "gateway").initContainers).toEqual([]);
  });

  it("gets secrets by reference to a Secret, and in no other way", async () => {
    const resources = await found();
    const { env, command } = pod(resources, "opening-hours").containers[0];
    for (const name of ["TOKEN", "PGPASSWORD"]) {
      const { value, valueFrom } = env.find((each: Value) => each.name === name);
      expect(value).toBeUndefined();
      expect(valueFrom.secretKeyRef).toEqual({ name: "opening-hours-env", key: name });
    }
    expect(JSON.stringify([env, command])).not.toContain("content of");
    const { stringData } = one(resources, "kubernetes:core/v1:Secret", "opening-hours-env").inputs;
    expect(isSecret(stringData) || isSecret(stringData.TOKEN)).toBe(true);
    const values = reveal(stringData);
    expect(reveal(values.TOKEN)).toBe("content of token");
    expect(reveal(values.PGPASSWORD)).toBe("content of hours-password");
  });

  it("finds its database by the environment that libpq reads", async () => {
    const { env } = pod(await found(), "opening-hours").containers[0];
    const values = Object.fromEntries(env.map(({ name, value }: Value) => [name, value]));
    expect(values).toMatchObject({
      PGHOST: "database",
      PGPORT: "5432",
      PGDATABASE: "opening_hours",
      PGUSER: "opening_hours",
      PGSSLMODE: "require",
      TZ: "Etc/UTC",
    });
  });

  it("has its files where it wants them, and may write where it says", async () => {
    const resources = await found();
    const spec = pod(resources, "opening-hours");
    expect(spec.containers[0].volumeMounts).toEqual([
      { name: "tmp", mountPath: "/tmp" },
      { name: "files", mountPath: "/etc/opening-hours/nginx.conf", subPath: "file-0", readOnly: true },
    ]);
    const { data } = one(resources, "kubernetes:core/v1:ConfigMap", "opening-hours-files").inputs;
    expect(data["file-0"]).toContain("listen 8080;");
  });

  it("is probed as it says, and restarted only where it says so", async () => {
    const resources = await found();
    const probes = (name: string): Value => pod(resources, name).containers[0];
    const ask = { httpGet: { path: "/opening-hours/health", port: "http" }, timeoutSeconds: 5 };
    expect(probes("opening-hours")).toMatchObject({
      startupProbe: { ...ask, periodSeconds: 1, failureThreshold: 90 },
      readinessProbe: { ...ask, periodSeconds: 5 },
      livenessProbe: ask,
    });
    expect(probes("odoo").livenessProbe).toBeUndefined();
  });

  it("without a port is asked by nobody", async () => {
    const resources = await found();
    expect(
      resources.filter(({ type, name }) => type === "kubernetes:core/v1:Service" && name === "worker"),
    ).toEqual([]);
    const policy = one(resources, "kubernetes:networking.k8s.io/v1:NetworkPolicy", "worker").inputs.spec;
    expect(policy).toMatchObject({ policyTypes: ["Ingress"], ingress: [] });
    expect(pod(resources, "worker").containers[0].readinessProbe).toBeUndefined();
  });
});

describe("every service", () => {
  it("holds up an up only where it is critical", async () => {
    const resources = await found();
    const skipped = (name: string): Value =>
      one(resources, deployment, name).inputs.metadata.annotations["pulumi.com/skipAwait"];
    expect(["odoo", "gateway"].map(skipped)).toEqual([undefined, undefined]);
    const others = ["n8n", "notifications", "opening-hours", "worker"];
    expect(others.map(skipped)).toEqual(["true", "true", "true", "true"]);
    const weights = one(resources, "holdfast:index:WeightedRecord", "traffic-public").dependencies;
    for (const name of others) expect(weights).not.toContain(one(resources, deployment, name).urn);
  });

  it("opens its port to this site's pods, the gateway's to everybody", async () => {
    const resources = await found();
    const ingress = (name: string): Value =>
      one(resources, "kubernetes:networking.k8s.io/v1:NetworkPolicy", name).inputs.spec.ingress;
    const site = { podSelector: { matchLabels: { "app.kubernetes.io/part-of": "holdfast" } } };
    expect(ingress("odoo")).toEqual([{ ports: [{ protocol: "TCP", port: 8069 }], from: [site] }]);
    expect(ingress("gateway")).toEqual([{ ports: [{ protocol: "TCP", port: 8443 }] }]);
  });

  it("may be taken from a node that is emptied, one pod at a time", async () => {
    const resources = await found();
    const budgets = resources.filter(({ type }) => type === "kubernetes:policy/v1:PodDisruptionBudget");
    expect(budgets.map(({ name }) => name).sort()).toEqual([
      "gateway",
      "n8n",
      "notifications",
      "odoo",
      "opening-hours",
      "worker",
    ]);
    for (const { name, inputs } of budgets) {
      expect(inputs.spec.maxUnavailable).toBe(1);
      expect(inputs.spec.selector.matchLabels).toEqual(
        one(resources, deployment, name).inputs.spec.selector.matchLabels,
      );
    }
  });

  it("has a name of its own in DNS where it wants one, which moves with the weights", async () => {
    for (const name of ["flows.holdfast.test", "notify.holdfast.test"]) {
      const record = one(await found(), "holdfast:index:WeightedRecord", `traffic-${name}`);
      expect(record.inputs.name).toBe(name);
      expect(record.inputs.targets[1]).toEqual({ address: "198.18.0.12", weight: 100 });
    }
  });
});
