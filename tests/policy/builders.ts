import type { Resource } from "../../policy/rule.ts";

/** Builders give resources that break no rule; a case breaks one field of one of them. */

export type Value = string | number | boolean | null | undefined | Value[] | { [key: string]: Value };

export function resource(
  type: string,
  name: string,
  props: Value,
  more: Partial<Omit<Resource, "type" | "name" | "props">> = {},
): Resource {
  const urn = `urn:pulumi:test::project::${type}::${name}`;
  return { type, name, urn, props, protect: false, sources: {}, ...more };
}

/** A copy with the value at a path changed; undefined removes it. A `~` in the path is a full stop in a key. */
export function changed(of: Resource, path: string, value: Value): Resource {
  const props = structuredClone(of.props) as Value;
  const keys = path.split(".").map((key) => key.replaceAll("~", "."));
  const last = keys.pop() ?? "";
  let at = props as { [key: string]: Value };
  for (const key of keys) {
    if (at[key] === undefined) at[key] = {};
    at = at[key] as { [key: string]: Value };
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
  return { ...of, props };
}

/** Replaces the resource of a name in a stack. */
export function withChanged(
  stack: readonly Resource[],
  name: string,
  change: (resource: Resource) => Resource,
): readonly Resource[] {
  if (!stack.some((one) => one.name === name)) throw new Error(`no ${name} in the stack`);
  return stack.map((one) => (one.name === name ? change(one) : one));
}

export function without(stack: readonly Resource[], name: string): readonly Resource[] {
  if (!stack.some((one) => one.name === name)) throw new Error(`no ${name} in the stack`);
  return stack.filter((one) => one.name !== name);
}

const third = {
  name: "third-place",
  urn: "urn:pulumi:test::project::pulumi:providers:holdfast::third-place",
  props: { s3: { endpoint: "https://store.example:8333" } },
};

export const denyDeletes = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Deny",
      Principal: { AWS: ["arn:aws:iam::*:user/writer"] },
      Action: ["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"],
      Resource: "arn:aws:s3:::repository/*",
    },
  ],
};

export function holdfastBucket(name = "repository"): Resource {
  return resource(
    "holdfast:index:Bucket",
    name,
    {
      name: `acme-${name}`,
      versioning: true,
      defaultEncryption: "AES256",
      objectLock: { mode: "COMPLIANCE", days: 7 },
      lifecycle: { noncurrentDays: 14, abortIncompleteUploadDays: 2 },
      policy: JSON.stringify(denyDeletes),
    },
    { protect: true, provider: third },
  );
}

export function tlsOnly(bucket: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Principal: "*",
        Action: "s3:*",
        Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  });
}

function awsProvider(name: string, region: string, account: string) {
  return {
    name,
    urn: `urn:pulumi:test::project::pulumi:providers:aws::${name}`,
    props: { region, allowedAccountIds: JSON.stringify([account]) },
  };
}

/** An AWS bucket with its companions; logical names are `<name>-<part>`. */
function awsBucketParts(name: string, region: string, account: string): readonly Resource[] {
  const bucketName = `acme-${name}`;
  const provider = awsProvider(`aws-${name}`, region, account);
  const part = (type: string, suffix: string, props: { [key: string]: Value }): Resource =>
    resource(type, `${name}-${suffix}`, { bucket: bucketName, ...props }, { provider });
  return [
    resource(
      "aws:s3/bucket:Bucket",
      name,
      { bucket: bucketName, objectLockEnabled: true },
      { protect: true, provider },
    ),
    part("aws:s3/bucketVersioning:BucketVersioning", "versioning", {
      versioningConfiguration: { status: "Enabled" },
    }),
    part(
      "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      "encryption",
      {
        rules: [
          {
            applyServerSideEncryptionByDefault: {
              sseAlgorithm: "aws:kms",
              kmsMasterKeyId: `arn:aws:kms:${region}:${account}:key/${name}`,
            },
            bucketKeyEnabled: true,
          },
        ],
      },
    ),
    part("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "private", {
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    }),
    part("aws:s3/bucketPolicy:BucketPolicy", "policy", { policy: tlsOnly(bucketName) }),
    part("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", "lock", {
      rule: { defaultRetention: { mode: "COMPLIANCE", days: 7 } },
    }),
    part("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "lifecycle", {
      rules: [
        {
          id: "versions",
          status: "Enabled",
          noncurrentVersionExpiration: { noncurrentDays: 14 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 2 },
        },
      ],
    }),
  ];
}

/** A bucket `main` in Frankfurt and its replica `copy` in Dublin, each in an account of its own. */
export function awsBuckets(): readonly Resource[] {
  return [
    ...awsBucketParts("main", "eu-central-1", "111111111111"),
    ...awsBucketParts("copy", "eu-west-1", "222222222222"),
    resource(
      "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
      "main-replication",
      {
        bucket: "acme-main",
        role: "arn:aws:iam::111111111111:role/replication",
        rules: [
          {
            id: "all",
            status: "Enabled",
            destination: {
              bucket: "arn:aws:s3:::acme-copy",
              account: "222222222222",
              accessControlTranslation: { owner: "Destination" },
            },
          },
        ],
      },
      { provider: awsProvider("aws-main", "eu-central-1", "111111111111") },
    ),
  ];
}

export function iamPolicy(statements: readonly Value[]): Resource {
  return resource("aws:iam/policy:Policy", "writer", {
    name: "writer",
    policy: JSON.stringify({ Version: "2012-10-17", Statement: statements }),
  });
}

export const writerStatement = {
  Effect: "Allow",
  Action: ["s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"],
  Resource: "arn:aws:s3:::acme-main/*",
};

const kubernetes = {
  name: "kubernetes",
  urn: "urn:pulumi:test::project::pulumi:providers:kubernetes::kubernetes",
  props: { context: "primary" },
};

export const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const image = `registry.example/postgres@${digest}`;
export const imagesLock = `# both sites\n${image}\n`;

export function container(name: string, more: { [key: string]: Value } = {}): Value {
  return {
    name,
    image,
    command: ["/usr/local/bin/run"],
    env: [
      { name: "PGDATA", value: "/var/lib/postgresql/18" },
      { name: "PASSWORD_FILE", value: "/etc/secrets/password" },
      { name: "PGPASSWORD", valueFrom: { secretKeyRef: { name: "roles", key: "password" } } },
    ],
    resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "2Gi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    ...more,
  };
}

function podTemplate(containers: readonly Value[]): Value {
  return {
    metadata: { labels: { app: "database" } },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 999, seccompProfile: { type: "RuntimeDefault" } },
      containers: [...containers],
      volumes: [{ name: "tmp", emptyDir: {} }],
    },
  };
}

export function object(kind: string, name: string, props: { [key: string]: Value }): Resource {
  const versions: Readonly<Record<string, string>> = {
    CronJob: "batch/v1",
    StatefulSet: "apps/v1",
    Deployment: "apps/v1",
  };
  const type = `kubernetes:${versions[kind] ?? "core/v1"}:${kind}`;
  const metadata = { name, namespace: "production" };
  return resource(type, name, { metadata, ...props }, { provider: kubernetes });
}

export function cronJob(name = "backup-offsite-full", schedule = "15 1 * * *"): Resource {
  return object("CronJob", name, {
    spec: {
      schedule,
      timeZone: "Etc/UTC",
      suspend: false,
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 600,
      jobTemplate: {
        spec: { activeDeadlineSeconds: 6000, template: podTemplate([container("backup")]) },
      },
    },
  });
}

function pgbackrest(repository: { host: string; bucket: string; full: number }): string {
  return [
    "[global]",
    "repo1-type=s3",
    `repo1-s3-endpoint=${repository.host}`,
    `repo1-s3-bucket=${repository.bucket}`,
    "repo1-s3-key-secret=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY",
    `repo1-retention-full=${repository.full}`,
    "",
    "[main]",
    "pg1-path=/var/lib/postgresql/18",
    "",
  ].join("\n");
}

/** An active site's database: claim, configs of two repositories, server, services, schedules, names. */
export function site(): readonly Resource[] {
  return [
    object("Namespace", "production", {
      metadata: { name: "production", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    }),
    {
      ...object("PersistentVolumeClaim", "database-data", {
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "100Gi" } } },
      }),
      protect: true,
    },
    object("Secret", "pgbackrest", {
      stringData: {
        "archive-offsite.conf": pgbackrest({ host: "s3.example", bucket: "acme-main", full: 14 }),
        "archive-site.conf": pgbackrest({ host: "objects.production.svc", bucket: "site", full: 14 }),
      },
    }),
    object("ConfigMap", "scripts", {
      data: { "run.sh": 'PGPASSWORD=$(cat /etc/secrets/password) psql --username="$USER_NAME"\n' },
    }),
    object("Service", "objects", { spec: { ports: [{ port: 8333 }] } }),
    object("StatefulSet", "database", {
      spec: {
        template: podTemplate([
          container("postgres", {
            args: ["-c", "archive_mode=on", "-c", "archive_timeout=60s", "-c", "shared_buffers=256MB"],
          }),
        ]),
      },
    }),
    cronJob(),
    cronJob("backup-site-full", "15 5 * * *"),
    resource(
      "holdfast:index:Term",
      "term",
      { bucket: "control", key: "epoch.json", site: "primary", role: "active" },
      { provider: third },
    ),
    resource(
      "holdfast:index:WeightedRecord",
      "public",
      {
        zone: "example.org",
        name: "erp.example.org",
        ttl: 5,
        targets: [
          { address: "192.0.2.1", weight: 100 },
          { address: "192.0.2.2", weight: 0 },
        ],
      },
      { provider: third },
    ),
  ];
}

export const postgresPath = "spec.template.spec.containers.0";

/** Route 53: two weighted records, dr's at weight 0 behind a check that fails until dr is active. */
export function route53(): readonly Resource[] {
  const record = (name: string, weight: number): Resource =>
    resource("aws:route53/record:Record", name, {
      zoneId: "Z1",
      name: "erp.example.org",
      type: "A",
      ttl: 30,
      records: ["192.0.2.1"],
      setIdentifier: name,
      weightedRoutingPolicies: [{ weight }],
      healthCheckId: `check-of-${name}`,
    });
  const check = (name: string): Resource =>
    resource("aws:route53/healthCheck:HealthCheck", `check-${name}`, {
      id: `check-of-${name}`,
      type: "HTTPS",
      fqdn: `${name}.example.org`,
      resourcePath: "/active",
    });
  return [record("primary", 100), record("dr", 0), check("primary"), check("dr")];
}

export function loadBalancer(): Resource {
  return resource("cloudflare:index/loadBalancer:LoadBalancer", "erp", {
    zoneId: "Z1",
    name: "erp.example.org",
    ttl: 30,
    proxied: false,
    defaultPools: ["pool-primary", "pool-dr"],
    fallbackPool: "pool-primary",
    randomSteering: { defaultWeight: 0, poolWeights: { "pool-primary": 1, "pool-dr": 0 } },
  });
}
