// Shows: with keys a site's pods and configs are what they were before there were roles; with roles no key is anywhere,
// each pod has a token and an account that the trust of every role it asks as names, and the trust names nobody else.
// Does not show that a cluster gives such a token, or that STS takes one: docs/proof-limits.md, tests/lab/web-identity.test.ts.
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { planOffsite } from "../../plan/index.ts";
import { loadFile, readStackFile } from "../config/stack-files.ts";
import { deploy, one, type Registered, reveal, type TermState, type Value } from "./deploy.ts";

const serving: TermState = { epoch: 1, activeSite: "primary", sourceEpoch: 0 };
const example = "examples/aws-route53";

const configMap = "kubernetes:core/v1:ConfigMap";
const secret = "kubernetes:core/v1:Secret";
const account = "kubernetes:core/v1:ServiceAccount";

interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly spec: Value;
}

function podsOf(resources: readonly Registered[]): readonly Pod[] {
  return resources.flatMap(({ type, name, inputs }): Pod[] => {
    const { namespace } = inputs.metadata ?? {};
    if (type === "kubernetes:batch/v1:CronJob")
      return [{ name, namespace, spec: inputs.spec.jobTemplate.spec.template.spec }];
    if (/:(StatefulSet|Deployment)$/.test(type))
      return [{ name, namespace, spec: inputs.spec.template.spec }];
    return [];
  });
}

const containersOf = ({ spec }: Pod): readonly Value[] => [
  ...(spec.initContainers ?? []),
  ...spec.containers,
];

/** Files of a Secret, in clear. */
function filesOf(resources: readonly Registered[], name: string): Readonly<Record<string, string>> {
  return reveal(one(resources, secret, name).inputs.stringData);
}

describe("with keys", () => {
  const asks = /^(backup-|database$|documents$|odoo$)/;

  it.each(["primary", "rehearsal"] as const)("%s is what it was before there were roles", async (stack) => {
    const { resources } = await deploy(stack, { ...serving, sourceEpoch: 1 });
    const pods = podsOf(resources)
      .filter(({ name }) => asks.test(name))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    const secrets = resources
      .filter(({ type, name }) => type === secret && /pgbackrest|records|documents/.test(name))
      .map(({ name }) => [name, filesOf(resources, name)]);
    const all = {
      resources: resources.map(({ type, name }) => `${type} ${name}`).sort(),
      pods: Object.fromEntries(pods.map(({ name, spec }) => [name, spec])),
      secrets: Object.fromEntries(secrets),
    };
    await expect(stringify(all, { aliasDuplicateObjects: false })).toMatchFileSnapshot(
      `snapshots/keys-${stack}.snap`,
    );
  });
});

/** Lab stack files at a third place like the example's: the example has no rehearsal. */
const atAws = { offsite: readStackFile("primary", example).offsite };
const arn = (identity: string): string => `arn:aws:iam::111111111111:role/example-holdfast-${identity}`;

const situations = {
  "primary, active": () => deploy("primary", serving, {}, example),
  "dr, standing by": () => deploy("dr", { ...serving, sourceEpoch: 1 }, {}, example),
  "dr, promoted": () =>
    deploy(
      "dr",
      { epoch: 2, activeSite: "dr", sourceEpoch: 1 },
      { "site.role": "active", "site.handover": 1 },
      example,
    ),
  "dr, rehearsed": () => deploy("rehearsal", { ...serving, sourceEpoch: 1 }, atAws),
} as const;
const names = Object.keys(situations) as readonly (keyof typeof situations)[];

/** pgBackRest's and the records' configs that a pod's scripts use, by what it is. */
function configsOf({ name }: Pod): readonly string[] {
  if (name === "database") return ["archive-offsite.conf", "restore.conf", "restore-current.conf"];
  const job = /^backup-(offsite|site)-(.*)$/.exec(name);
  if (job === null) return [];
  const [, repository, type] = job;
  if (type === "restore-test") return [`restore-${repository}.conf`, "records.conf"];
  if (type !== "verify") return [`job-${repository}.conf`, "records.conf"];
  return [repository === "offsite" ? "restore-current.conf" : "job-site.conf", "records.conf"];
}

const roleIn = (config: string | undefined): string | undefined => /^# role=(.*)\n/.exec(config ?? "")?.[1];

/** Every role that a pod asks the third place as. */
function rolesOf(pod: Pod, resources: readonly Registered[]): ReadonlySet<string> {
  const files: Record<string, string> = {};
  for (const { inputs } of resources.filter(
    ({ type, name }) => type === secret && /pgbackrest|records/.test(name),
  ))
    Object.assign(files, reveal(inputs.stringData));
  const named = containersOf(pod)
    .flatMap(({ env = [] }) => env)
    .filter(({ name }: Value) => name === "AWS_ROLE_ARN")
    .map(({ value }: Value) => value);
  return new Set([...named, ...configsOf(pod).flatMap((name) => roleIn(files[name]) ?? [])]);
}

const hasToken = ({ spec }: Pod): boolean => spec.volumes.some(({ name }: Value) => name === "identity");
const subjectOf = ({ namespace, spec }: Pod): string =>
  `system:serviceaccount:${namespace}:${spec.serviceAccountName}`;

/** `sub`s by role, of dr's or the primary's cluster. */
function trusted(site: "primary" | "dr"): ReadonlyMap<string, readonly string[]> {
  const { config } = loadFile(example, "offsite");
  if (config.kind !== "offsite") throw new Error("not the third place's");
  const { identities = [] } = planOffsite(config).aws ?? {};
  return new Map(
    identities.map(({ identity, trust }) => {
      const statements: readonly Value[] = JSON.parse(trust ?? '{"Statement":[]}').Statement;
      const pods = statements.find(({ Sid }) => Sid === (site === "dr" ? "PodsDr" : "PodsPrimary"));
      const condition = Object.entries(pods?.Condition.StringEquals ?? {});
      return [arn(identity), (condition.find(([key]) => key.endsWith(":sub"))?.[1] ?? []) as string[]];
    }),
  );
}

describe("with roles", () => {
  it.each(names)("%s: no key of the third place's is anywhere", async (name) => {
    const { resources } = await situations[name]();
    const text = JSON.stringify(resources);
    expect(text).not.toMatch(/content of offsite-/);
    for (const { type, name: of, inputs } of resources.filter(({ type }) => type === secret))
      for (const [file, content] of Object.entries<string>(reveal(inputs.stringData)))
        if (file.endsWith(".conf") && /offsite|restore(-current)?\.conf|records/.test(file))
          expect(content, `${type} ${of} ${file}`).not.toMatch(/s3-key=|s3-key-secret/);
  });

  it.each(names)(
    "%s: each pod that takes a role has an account and a token of it, no other has",
    async (name) => {
      const { resources } = await situations[name]();
      const pods = podsOf(resources);
      expect(pods.filter(hasToken).length).toBeGreaterThan(0);
      for (const pod of pods) {
        const roles = rolesOf(pod, resources);
        // A rehearsal's copy of the documents has no pod, so no account.
        if (pod.name === "documents" && name === "dr, rehearsed") {
          expect(hasToken(pod)).toBe(false);
          continue;
        }
        expect(hasToken(pod), pod.name).toBe(roles.size > 0);
        expect(pod.spec.automountServiceAccountToken, pod.name).toBe(false);
        expect("serviceAccountName" in pod.spec, pod.name).toBe(roles.size > 0);
        const mounting = containersOf(pod).filter(({ volumeMounts = [] }) =>
          volumeMounts.some(({ name: volume }: Value) => volume === "identity"),
        );
        expect(mounting.length > 0, pod.name).toBe(roles.size > 0);
      }
      for (const { inputs } of resources.filter(({ type }) => type === account))
        expect(inputs.automountServiceAccountToken).toBe(false);
    },
  );

  it("the token is for STS, lasts an hour, and lies where the scripts look", async () => {
    const { resources } = await situations["primary, active"]();
    const [pod] = podsOf(resources).filter(({ name }) => name === "database");
    expect(pod?.spec.volumes).toContainEqual({
      name: "identity",
      projected: {
        defaultMode: 0o440,
        sources: [
          { serviceAccountToken: { audience: "sts.amazonaws.com", expirationSeconds: 3600, path: "token" } },
        ],
      },
    });
    const mount = { name: "identity", mountPath: "/etc/holdfast/identity", readOnly: true };
    const mounting = containersOf(pod as Pod).filter(({ volumeMounts }) =>
      volumeMounts.some(({ mountPath }: Value) => mountPath === mount.mountPath),
    );
    expect(mounting.map(({ name }) => name)).toEqual(["restore", "postgres", "steward", "watch"]);
    for (const { volumeMounts } of mounting) expect(volumeMounts).toContainEqual(mount);
    const scripts: Value = one(resources, configMap, "database-scripts").inputs.data;
    expect(scripts["role.sh"]).toContain(`:=${mount.mountPath}/token}`);
  });

  it.each(names)("%s: every role that a pod takes trusts its account", async (name) => {
    const { resources } = await situations[name]();
    const trust = trusted(name.startsWith("dr") ? "dr" : "primary");
    const asking = podsOf(resources).filter(hasToken);
    expect(asking.length).toBeGreaterThan(0);
    for (const pod of asking)
      for (const role of rolesOf(pod, resources))
        expect(trust.get(role), `${pod.name} takes ${role}`).toContain(subjectOf(pod));
  });

  it("the roles trust nobody who does not take them", async () => {
    const used = { primary: new Set<string>(), dr: new Set<string>() };
    for (const name of names) {
      const { resources } = await situations[name]();
      // What stands by or drains runs at either site.
      const sites = name === "dr, rehearsed" ? (["dr"] as const) : (["primary", "dr"] as const);
      for (const pod of podsOf(resources).filter(hasToken))
        for (const role of rolesOf(pod, resources))
          for (const site of sites) used[site].add(`${subjectOf(pod)} ${role}`);
    }
    for (const site of ["primary", "dr"] as const) {
      const named = [...trusted(site)].flatMap(([role, subjects]) => subjects.map((one) => `${one} ${role}`));
      expect(named.toSorted()).toEqual([...used[site]].sort());
    }
  });

  it("a rehearsal takes the reader's role and no other", async () => {
    const { resources } = await situations["dr, rehearsed"]();
    const roles = podsOf(resources).flatMap((pod) => [...rolesOf(pod, resources)]);
    expect(new Set(roles)).toEqual(new Set([arn("reader")]));
    expect(JSON.stringify(resources)).not.toMatch(/role\/example-holdfast-(writer|recorder|documents)\b/);
  });

  it("the configs of one pod name the role of each purpose, and the region's STS", async () => {
    const { resources } = await situations["primary, active"]();
    const files = { ...filesOf(resources, "database-pgbackrest"), ...filesOf(resources, "backup-records") };
    const roles = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, roleIn(text)]));
    expect(roles).toEqual({
      "archive-offsite.conf": arn("writer"),
      "archive-site.conf": undefined,
      "job-offsite.conf": arn("writer"),
      "job-site.conf": undefined,
      "restore.conf": arn("reader"),
      "restore-current.conf": arn("reader"),
      "restore-site.conf": undefined,
      "server-offsite.conf": undefined,
      "server-site.conf": undefined,
      "records.conf": arn("recorder"),
    });
    for (const [name, text] of Object.entries(files)) {
      const lines = roles[name] === undefined ? 0 : 1;
      expect(text.match(/^repo1-s3-key-type=web-id$/gm) ?? [], name).toHaveLength(lines);
      expect(text.match(/^repo1-s3-sts-host=sts\.eu-central-1\.amazonaws\.com$/gm) ?? [], name).toHaveLength(
        lines,
      );
    }
  });

  it("rclone takes the role by its environment, and the site's own store by keys", async () => {
    const { resources } = await situations["primary, active"]();
    for (const [name, role, container] of [
      ["documents", "reader", "pull"],
      ["odoo", "documents", "documents"],
    ] as const) {
      const files = filesOf(resources, name === "odoo" ? "documents-service" : "documents-copy");
      const [third = "", site = ""] = (files["rclone.conf"] ?? "").split("[site]");
      expect(third).toMatch(/^env_auth = true$/m);
      expect(third).not.toMatch(/access_key/);
      expect(site).toMatch(/^access_key_id = .+$/m);
      expect(site).not.toMatch(/env_auth/);
      const pod = podsOf(resources).find((one) => one.name === name) as Pod;
      const { env } = containersOf(pod).find((one) => one.name === container);
      const values = Object.fromEntries(env.map((one: Value) => [one.name, one.value]));
      expect(values).toMatchObject({
        AWS_ROLE_ARN: arn(role),
        AWS_WEB_IDENTITY_TOKEN_FILE: "/etc/holdfast/identity/token",
        AWS_REGION: "eu-central-1",
        AWS_CA_BUNDLE: "/etc/holdfast/documents/ca.crt",
      });
    }
    // Odoo itself and its initialisation have no business there.
    const odoo = podsOf(resources).find(({ name }) => name === "odoo") as Pod;
    const mounting = containersOf(odoo).filter(({ volumeMounts }) =>
      volumeMounts.some(({ name }: Value) => name === "identity"),
    );
    expect(mounting.map(({ name }) => name)).toEqual(["documents-fill", "documents"]);
  });

  it("one identity by a role and the others by keys: only its pods have an account", async () => {
    const { resources } = await deploy(
      "primary",
      serving,
      { "offsite.recorder": { role: arn("recorder") } },
      "examples/aws-cloudflare",
    );
    expect(resources.filter(({ type }) => type === account).map(({ name }) => name)).toEqual([
      "backup-account",
      "verify-account",
      "restore-test-account",
    ]);
    const files = filesOf(resources, "database-pgbackrest");
    expect(files["archive-offsite.conf"]).toMatch(/^repo1-s3-key=content of offsite-writer.key$/m);
    expect(roleIn(filesOf(resources, "backup-records")["records.conf"])).toBe(arn("recorder"));
  });

  it.each([
    ["primary, active", "writer"],
    ["dr, standing by", "writer"],
    ["dr, rehearsed", "reader"],
  ] as const)("%s: Pulumi's own provider takes the %s's role", async (name, role) => {
    const { resources } = await situations[name]();
    const s3: Value = one(resources, "pulumi:providers:holdfast").inputs.s3;
    expect(s3).toMatchObject({ role: arn(role) });
    expect(Object.keys(s3).sort()).toEqual(["caPem", "endpoint", "region", "role"]);
  });
});
