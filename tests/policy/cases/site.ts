import type { Resource } from "../../../policy/rule.ts";
import {
  changed,
  container,
  cronJob,
  loadBalancer,
  object,
  postgresPath,
  resource,
  route53,
  site,
  type Value,
  withChanged,
  without,
} from "../builders.ts";
import type { Case } from "./case.ts";

const active = site();

const broken = (name: string, path: string, value: Value): readonly Resource[] =>
  withChanged(active, name, (one) => changed(one, path, value));
const args = (text: string): readonly Resource[] =>
  broken("database", `${postgresPath}.args`, ["-c", "archive_mode=on", ...text.split(" ")]);
const env = (name: string, value: string): readonly Resource[] =>
  broken("database", `${postgresPath}.env.3`, { name, value });

const full = "backup-offsite-full";
const jobPod = "spec.jobTemplate.spec.template.spec";

const standby = withChanged(active, "term", (one) => changed(one, "role", "standby"));
const suspended = [full, "backup-site-full"].reduce<readonly Resource[]>(
  (stack, name) => withChanged(stack, name, (one) => changed(one, "spec.suspend", true)),
  standby,
);

const schedules: readonly Case[] = [
  { rule: "cronjob-forbid", kind: "valid", what: "Forbid", stack: active },
  {
    rule: "cronjob-forbid",
    kind: "extras",
    what: "history limits and a job of another kind",
    stack: [...broken(full, "spec.successfulJobsHistoryLimit", 3), cronJob("cleanup", "*/30 * * * *")].map(
      (one) =>
        one.name === "cleanup" ? changed(one, "spec.jobTemplate.spec.activeDeadlineSeconds", 600) : one,
    ),
  },
  {
    rule: "cronjob-forbid",
    kind: "nearMiss",
    what: "left out, so Allow",
    stack: broken(full, "spec.concurrencyPolicy", undefined),
    says: "concurrencyPolicy Allow",
  },
  {
    rule: "cronjob-forbid",
    kind: "nearMiss",
    what: "Replace ends the running one",
    stack: broken(full, "spec.concurrencyPolicy", "Replace"),
    says: "concurrencyPolicy Replace",
  },
  { rule: "cronjob-deadlines", kind: "valid", what: "both", stack: active },
  {
    rule: "cronjob-deadlines",
    kind: "extras",
    what: "exactly the time between two starts",
    stack: [changed(cronJob("sync", "0 */2 * * *"), "spec.jobTemplate.spec.activeDeadlineSeconds", 6600)],
  },
  {
    rule: "cronjob-deadlines",
    kind: "nearMiss",
    what: "no start deadline",
    stack: broken(full, "spec.startingDeadlineSeconds", undefined),
    says: "no startingDeadlineSeconds",
  },
  {
    rule: "cronjob-deadlines",
    kind: "nearMiss",
    what: "shorter than the controller's look",
    stack: broken(full, "spec.startingDeadlineSeconds", 9),
    says: "every 10 s only",
  },
  {
    rule: "cronjob-deadlines",
    kind: "nearMiss",
    what: "no end",
    stack: broken(full, "spec.jobTemplate.spec.activeDeadlineSeconds", undefined),
    says: "no activeDeadlineSeconds",
  },
  {
    rule: "cronjob-deadlines",
    kind: "nearMiss",
    what: "a second longer than the time between two starts",
    stack: [changed(cronJob("sync", "0 */2 * * *"), "spec.jobTemplate.spec.activeDeadlineSeconds", 6601)],
    says: "may still run at its next start, 120 minutes later",
  },
  { rule: "backup-windows-apart", kind: "valid", what: "hours apart", stack: active },
  {
    rule: "backup-windows-apart",
    kind: "extras",
    what: "one begins as the other has to end; another kind of job at the same time",
    stack: [...broken("backup-site-full", "spec.schedule", "5 3 * * *"), cronJob("reports", "15 1 * * *")],
  },
  {
    rule: "backup-windows-apart",
    kind: "nearMiss",
    what: "a minute before the other has to end",
    stack: broken("backup-site-full", "spec.schedule", "4 3 * * *"),
    says: "backup-site-full starts while backup-offsite-full may still run",
  },
  {
    rule: "backup-windows-apart",
    kind: "nearMiss",
    what: "only on Sundays",
    stack: broken("backup-site-full", "spec.schedule", "30 1 * * sun"),
    says: "backup-site-full starts while",
  },
  {
    rule: "backup-windows-apart",
    kind: "nearMiss",
    what: "over midnight",
    stack: broken("backup-site-full", "spec.schedule", "50 23 * * *"),
    says: "backup-offsite-full starts while backup-site-full may still run",
  },
  { rule: "standby-suspended", kind: "valid", what: "at the active site", stack: active },
  { rule: "standby-suspended", kind: "valid", what: "suspended at the standby", stack: suspended },
  {
    rule: "standby-suspended",
    kind: "extras",
    what: "jobs of another kind run on at the standby",
    stack: [...suspended, cronJob("reports", "30 8 * * *")],
  },
  {
    rule: "standby-suspended",
    kind: "nearMiss",
    what: "one runs on at the standby",
    stack: withChanged(suspended, full, (one) => changed(one, "spec.suspend", false)),
    says: "backup-offsite-full is not suspended, and the site's role is standby",
  },
  {
    rule: "standby-suspended",
    kind: "nearMiss",
    what: "one is left suspended at the active site",
    stack: broken("backup-site-full", "spec.suspend", true),
    says: "is suspended at the active site",
  },
  {
    rule: "standby-suspended",
    kind: "nearMiss",
    what: "the role from the settings",
    stack: without(active, "term"),
    settings: { role: "standby" },
    says: "the site's role is standby",
  },
];

const point: readonly Case[] = [
  { rule: "archive-timeout-within-rpo", kind: "valid", what: "60 s", stack: active },
  {
    rule: "archive-timeout-within-rpo",
    kind: "extras",
    what: "minutes, the other form, the last one counts",
    stack: args("-c archive_timeout=5h --archive-timeout=5min"),
  },
  {
    rule: "archive-timeout-within-rpo",
    kind: "nearMiss",
    what: "as long as the RPO",
    stack: args("-c archive_timeout=15min"),
    says: "archive_timeout 900 s, and the RPO is 900 s",
  },
  {
    rule: "archive-timeout-within-rpo",
    kind: "nearMiss",
    what: "left out",
    stack: args("-c archive_command=true"),
    says: "archives without archive_timeout",
  },
  {
    rule: "archive-timeout-within-rpo",
    kind: "nearMiss",
    what: "0, which is never",
    stack: args("-c archive_timeout=0"),
    says: "archives without archive_timeout",
  },
  {
    rule: "archive-timeout-within-rpo",
    kind: "nearMiss",
    what: "CloudNativePG",
    stack: [
      object("Cluster", "pg", {
        spec: { backup: {}, postgresql: { parameters: { archive_timeout: "1h" } } },
      }),
    ].map((one) => ({ ...one, type: "kubernetes:postgresql.cnpg.io/v1:Cluster" })),
    says: "the cluster has archive_timeout 3600 s",
  },
  { rule: "worst-case-within-rpo", kind: "valid", what: "60 s and 30 s", stack: active },
  {
    rule: "worst-case-within-rpo",
    kind: "extras",
    what: "exactly the RPO",
    stack: args("-c archive_timeout=870"),
  },
  {
    rule: "worst-case-within-rpo",
    kind: "nearMiss",
    what: "a second more",
    stack: args("-c archive_timeout=871"),
    says: "make 901 s, and the RPO is 900 s",
  },
  {
    rule: "worst-case-within-rpo",
    kind: "nearMiss",
    what: "schedules alone",
    stack: [cronJob()],
    says: "no WAL is archived; a backup comes every 1440 minutes and may end 110 minutes later",
  },
  {
    rule: "worst-case-within-rpo",
    kind: "extras",
    what: "schedules alone, often enough",
    stack: [cronJob()],
    settings: { rpoSeconds: 93_000 },
  },
  { rule: "two-repositories", kind: "valid", what: "the site's and the third place's", stack: active },
  {
    rule: "two-repositories",
    kind: "extras",
    what: "a third in another cloud, in one config as repo2",
    stack: broken(
      "pgbackrest",
      "stringData.both",
      [
        "repo1-s3-endpoint=s3.example",
        "repo1-s3-bucket=acme-main",
        "repo1-retention-full=14",
        "repo2-gcs-bucket=acme",
        "repo2-retention-full=14",
        "pg1-path=/data",
      ].join("\n"),
    ),
  },
  {
    rule: "two-repositories",
    kind: "nearMiss",
    what: "one",
    stack: broken("pgbackrest", "stringData.archive-site~conf", undefined),
    says: "only one repository",
  },
  {
    rule: "two-repositories",
    kind: "nearMiss",
    what: "both in this cluster",
    stack: withChanged(active, "pgbackrest", (one) => {
      const { stringData } = one.props as { stringData: Record<string, string> };
      const text = stringData["archive-offsite.conf"] ?? "";
      return {
        ...one,
        props: {
          ...(one.props as object),
          stringData: { ...stringData, "archive-offsite.conf": text.replace("=s3.example", "=objects") },
        },
      };
    }),
    says: "no repository outside the site",
  },
  {
    rule: "two-repositories",
    kind: "nearMiss",
    what: "no config at all",
    stack: without(active, "pgbackrest"),
    says: "no pgBackRest config in the stack says where",
  },
  {
    rule: "lock-within-retention",
    kind: "valid",
    what: "what the stack's configs keep, over another stack's lock",
    stack: active,
    settings: { lockDays: 13 },
  },
  {
    rule: "lock-within-retention",
    kind: "nearMiss",
    what: "a config that keeps no more than the lock",
    stack: active,
    settings: { lockDays: 14 },
    says: "archive-offsite.conf lets a full backup expire after 14 days",
  },
];

const [primary, dr, checkPrimary, checkDr] = route53() as [Resource, Resource, Resource, Resource];
const weighted = [primary, dr, checkPrimary, checkDr];

const traffic: readonly Case[] = [
  { rule: "ttl-limit", kind: "valid", what: "5 s, 30 s", stack: [...active, ...weighted, loadBalancer()] },
  {
    rule: "ttl-limit",
    kind: "extras",
    what: "exactly the limit; a fixed name; one behind the proxy",
    stack: [
      changed(primary, "ttl", 60),
      ...weighted.slice(1),
      changed(loadBalancer(), "proxied", true),
      resource("aws:route53/record:Record", "mail", {
        name: "mail.example.org",
        type: "MX",
        ttl: 3600,
        records: ["10 m"],
      }),
      resource("holdfast:index:Record", "store", {
        name: "store.example.org",
        ttl: 3600,
        values: ["192.0.2.9"],
      }),
    ],
  },
  {
    rule: "ttl-limit",
    kind: "nearMiss",
    what: "a second more",
    stack: [changed(primary, "ttl", 61), ...weighted.slice(1)],
    says: "TTL of 61 s, and 60 s is the limit",
  },
  {
    rule: "ttl-limit",
    kind: "nearMiss",
    what: "our weighted record",
    stack: broken("public", "ttl", 300),
    says: "TTL of 300 s",
  },
  {
    rule: "ttl-limit",
    kind: "nearMiss",
    what: "a load balancer without the proxy",
    stack: [changed(loadBalancer(), "ttl", 120)],
    says: "TTL of 120 s",
  },
  { rule: "weight-zero-gated", kind: "valid", what: "a check each", stack: [...weighted, loadBalancer()] },
  {
    rule: "weight-zero-gated",
    kind: "extras",
    what: "a check that is switched off the unhealthy way",
    stack: [
      primary,
      dr,
      checkPrimary,
      changed(changed(checkDr, "disabled", true), "invertHealthcheck", true),
    ],
  },
  {
    rule: "weight-zero-gated",
    kind: "nearMiss",
    what: "no check",
    stack: [primary, changed(dr, "healthCheckId", undefined), checkPrimary, checkDr],
    says: "has weight 0 and no health check",
  },
  {
    rule: "weight-zero-gated",
    kind: "nearMiss",
    what: "a disabled check",
    stack: [primary, dr, checkPrimary, changed(checkDr, "disabled", true)],
    says: "is disabled, which counts as healthy",
  },
  {
    rule: "weight-zero-gated",
    kind: "nearMiss",
    what: "the standby's pool as fallback",
    stack: [changed(loadBalancer(), "fallbackPool", "pool-dr")],
    says: "falls back to the pool pool-dr",
  },
  {
    rule: "weight-zero-gated",
    kind: "nearMiss",
    what: "nobody has weight",
    stack: broken("public", "targets.0.weight", 0),
    says: "no target with a weight above 0",
  },
];

const shape: readonly Case[] = [
  { rule: "stateful-protected", kind: "valid", what: "a protected claim", stack: active },
  {
    rule: "stateful-protected",
    kind: "extras",
    what: "a retained one, named with the reason",
    stack: withChanged(active, "database-data", (one) => ({ ...one, protect: false })),
    settings: { except: { "database-data": "retainOnDelete" } },
  },
  {
    rule: "stateful-protected",
    kind: "nearMiss",
    what: "not protected",
    stack: withChanged(active, "database-data", (one) => ({ ...one, protect: false })),
    says: "is not protected",
  },
  {
    rule: "stateful-protected",
    kind: "nearMiss",
    what: "a key",
    stack: [resource("aws:kms/key:Key", "key", {})],
    says: "is not protected",
  },
  { rule: "no-foreign-stack", kind: "valid", what: "none", stack: active },
  {
    rule: "no-foreign-stack",
    kind: "extras",
    what: "the third place's",
    stack: [...active, resource("pulumi:pulumi:StackReference", "third", { name: "acme/holdfast/offsite" })],
  },
  {
    rule: "no-foreign-stack",
    kind: "extras",
    what: "a value kept by the built-in provider",
    stack: [
      ...active,
      resource("pulumi:providers:pulumi", "default", {}),
      resource("pulumi:index:Stash", "kept", { input: 1 }),
    ],
  },
  {
    rule: "no-foreign-stack",
    kind: "nearMiss",
    what: "a reference that the engine does not show",
    stack: [...active, resource("pulumi:providers:pulumi", "default", {})],
    says: "which one the engine does not tell",
  },
  {
    rule: "no-foreign-stack",
    kind: "nearMiss",
    what: "the primary's",
    stack: [...active, resource("pulumi:pulumi:StackReference", "other", { name: "acme/holdfast/primary" })],
    says: "reads the stack acme/holdfast/primary",
  },
  { rule: "explicit-provider", kind: "valid", what: "named providers", stack: active },
  {
    rule: "explicit-provider",
    kind: "extras",
    what: "a provider whose name only begins alike; a component, which has none",
    stack: [
      ...active.map((one) =>
        one.provider === undefined ? one : { ...one, provider: { ...one.provider, name: "defaults" } },
      ),
      resource("holdfast:site:SiteStack", "site", {}),
    ],
  },
  {
    rule: "explicit-provider",
    kind: "nearMiss",
    what: "the default one of a version",
    stack: withChanged(active, "objects", (one) => ({
      ...one,
      provider: { name: "default_4_25_0", urn: "u", props: {} },
    })),
    says: "comes from the default provider default_4_25_0",
  },
];

const security = `${postgresPath}.securityContext`;
const workloads: readonly Case[] = [
  { rule: "image-by-digest", kind: "valid", what: "a digest", stack: active },
  {
    rule: "image-by-digest",
    kind: "extras",
    what: "a tag beside the digest",
    stack: broken(
      "database",
      `${postgresPath}.image`,
      `registry.example/postgres:18@sha256:${"0123456789abcdef".repeat(4)}`,
    ),
  },
  {
    rule: "image-by-digest",
    kind: "nearMiss",
    what: "a tag",
    stack: broken(full, `${jobPod}.containers.0.image`, "registry.example/postgres:18.6"),
    says: "container backup has the image registry.example/postgres:18.6",
  },
  {
    rule: "image-by-digest",
    kind: "nearMiss",
    what: "a digest cut short",
    stack: broken("database", `${postgresPath}.image`, `registry.example/postgres@sha256:${"0".repeat(63)}`),
    says: "container postgres has the image",
  },
  {
    rule: "image-by-digest",
    kind: "nearMiss",
    what: "of a container that prepares",
    stack: broken("database", "spec.template.spec.initContainers", [
      container("restore", { image: "registry.example/postgres:latest" }),
    ]),
    says: "container restore",
  },
  { rule: "image-locked", kind: "valid", what: "as locked", stack: active },
  {
    rule: "image-locked",
    kind: "extras",
    what: "a tag, which is another rule's",
    stack: active,
    settings: { lockFile: "images.lock" },
  },
  {
    rule: "image-locked",
    kind: "nearMiss",
    what: "another digest",
    stack: broken("database", `${postgresPath}.image`, `registry.example/postgres@sha256:${"f".repeat(64)}`),
    says: "and images.lock says sha256:0123",
  },
  {
    rule: "image-locked",
    kind: "nearMiss",
    what: "an image that is not in the list",
    stack: broken("database", `${postgresPath}.image`, `registry.example/other@sha256:${"f".repeat(64)}`),
    says: "which images.lock does not name",
  },
  {
    rule: "image-locked",
    kind: "nearMiss",
    what: "no list",
    stack: active,
    settings: { lockFile: "absent.lock" },
    says: "there is no absent.lock to compare with",
  },
  { rule: "restore-capacity", kind: "valid", what: "more than is needed", stack: active },
  {
    rule: "restore-capacity",
    kind: "extras",
    what: "in other units; a sidecar asks for little",
    stack: withChanged(
      broken("database", `${postgresPath}.resources.requests`, { cpu: 1, memory: "536870912" }),
      "database",
      (one) =>
        changed(
          one,
          "spec.template.spec.containers.1",
          container("exporter", { resources: { requests: { cpu: "10m", memory: "32Mi" } } }),
        ),
    ),
  },
  {
    rule: "restore-capacity",
    kind: "nearMiss",
    what: "a little less CPU",
    stack: broken("database", `${postgresPath}.resources.requests.cpu`, "249m"),
    says: "requests cpu 249m, and a restore needs 250m",
  },
  {
    rule: "restore-capacity",
    kind: "nearMiss",
    what: "less than the other site has",
    stack: active,
    settings: { memory: "4Gi" },
    says: "requests memory 1Gi, and a restore needs 4Gi",
  },
  {
    rule: "restore-capacity",
    kind: "nearMiss",
    what: "no more than its cache",
    stack: args("-c archive_timeout=60s -c shared_buffers=1GB"),
    says: "no more memory than shared_buffers",
  },
  {
    rule: "restore-capacity",
    kind: "nearMiss",
    what: "a volume too small",
    stack: broken("database-data", "spec.resources.requests.storage", "10G"),
    says: "has 10G, and a restore needs 10Gi",
  },
  { rule: "pod-security", kind: "valid", what: "restricted", stack: active },
  {
    rule: "pod-security",
    kind: "extras",
    what: "set at the container; one capability that is allowed",
    stack: withChanged(broken("database", "spec.template.spec.securityContext", {}), "database", (one) =>
      changed(one, security, {
        allowPrivilegeEscalation: false,
        runAsNonRoot: true,
        seccompProfile: { type: "Localhost", localhostProfile: "p.json" },
        capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
      }),
    ),
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "the namespace only warns",
    stack: broken("production", "metadata.labels", { "pod-security.kubernetes.io/warn": "restricted" }),
    says: "enforces the profile (none)",
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "the namespace enforces the profile below",
    stack: broken("production", "metadata.labels", { "pod-security.kubernetes.io/enforce": "baseline" }),
    says: "enforces the profile baseline",
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "the container takes the pod's rule back",
    stack: broken("database", `${security}.runAsNonRoot`, false),
    says: "container postgres may run as root",
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "privileges may grow",
    stack: broken("database", `${security}.allowPrivilegeEscalation`, undefined),
    says: "allowPrivilegeEscalation",
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "some capabilities dropped",
    stack: broken("database", `${security}.capabilities.drop`, ["NET_RAW"]),
    says: "keeps capabilities",
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "the node's files",
    stack: broken(full, `${jobPod}.volumes.1`, { name: "host", hostPath: { path: "/" } }),
    says: "mounts a path of the node (host)",
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "the node's network",
    stack: broken(full, `${jobPod}.hostNetwork`, true),
    says: "shares the node's network",
  },
];

const secrets: readonly Case[] = [
  { rule: "no-plain-secret", kind: "valid", what: "files and references", stack: active },
  {
    rule: "no-plain-secret",
    kind: "extras",
    what: "names that only sound like it",
    stack: withChanged(env("EPOCH_KEY", "epoch.json"), "scripts", (one) =>
      changed(
        one,
        "data.notes",
        "repo1-cipher-pass=$PASS\npassword: {{ .value }}\nsecretName: roles\ntoken_file=/run/token9\n",
      ),
    ),
  },
  {
    rule: "no-plain-secret",
    kind: "nearMiss",
    what: "a variable",
    stack: env("PGPASSWORD", "hunter22"),
    says: "a secret in the variable PGPASSWORD",
  },
  {
    rule: "no-plain-secret",
    kind: "nearMiss",
    what: "a URL with a password",
    stack: env("DATABASE_URL", "postgres://odoo:hunter22@database/odoo"),
    says: "a URL with a password in the variable DATABASE_URL",
  },
  {
    rule: "no-plain-secret",
    kind: "nearMiss",
    what: "an argument",
    stack: broken(full, `${jobPod}.containers.0.args`, ["--repo=1", "--password=hunter22"]),
    says: "a secret (password) in its args",
  },
  {
    rule: "no-plain-secret",
    kind: "nearMiss",
    what: "a ConfigMap",
    stack: broken("scripts", "data.app~ini", "[database]\nadmin_password = hunter22\n"),
    says: "has a secret (admin_password) in app.ini",
  },
  {
    rule: "no-plain-secret",
    kind: "nearMiss",
    what: "a private key",
    stack: broken("scripts", "data.key", "-----BEGIN EC PRIVATE KEY-----\nMHcC\n"),
    says: "has a private key in key",
  },
  { rule: "no-copied-secret", kind: "valid", what: "in the Secret alone", stack: active },
  {
    rule: "no-copied-secret",
    kind: "extras",
    what: "the public part beside it, and the same in a second Secret",
    stack: [
      ...env("REPOSITORY_BUCKET", "acme-main"),
      object("Secret", "again", {
        data: { secret: Buffer.from("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY").toString("base64") },
      }),
    ],
  },
  {
    rule: "no-copied-secret",
    kind: "nearMiss",
    what: "under an innocent name",
    stack: env("EXTRA", "x-wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"),
    says: "container postgres (variable EXTRA) has the value of pgbackrest/archive-offsite.conf (repo1-s3-key-secret)",
  },
  {
    rule: "no-copied-secret",
    kind: "nearMiss",
    what: "an annotation",
    stack: broken("objects", "metadata.annotations", { note: "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY" }),
    says: "annotation note has the value",
  },
];

export const siteCases: readonly Case[] = [
  ...schedules,
  ...point,
  ...traffic,
  ...shape,
  ...workloads,
  ...secrets,
];
