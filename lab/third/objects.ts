import { ports, thirdAddresses } from "../net/addresses.ts";
import { type OffsiteIdentity, offsiteIdentities } from "../secrets/values.ts";
import { execLine } from "../site/kubernetes.ts";

export const stateBucket = "holdfast-state";
const repositoryBucket = "holdfast-offsite";
const controlBucket = "holdfast-control";
const recordsBucket = "holdfast-records";
const documentsBucket = "holdfast-documents";
const siteBuckets = [repositoryBucket, controlBucket, recordsBucket, documentsBucket];

/** What each identity may do (docs/contracts.md). A right without a bucket is for all of them. */
const rights: Readonly<Record<OffsiteIdentity, readonly string[]>> = {
  admin: ["Admin", "Read", "Write", "List", "Tagging"],
  writer: on([repositoryBucket, controlBucket], ["Read", "Write", "List"]),
  // Odoo's pod holds the documents' keys, and the restore tests' the recorder's: neither may touch the repository.
  // The lock of a bucket is a right of its own at this store; status shows it to whoever only reads.
  reader: on(siteBuckets, ["Read", "List", "GetBucketObjectLockConfiguration"]),
  keeper: on([repositoryBucket], ["Read", "Write", "List"]),
  recorder: on([recordsBucket], ["Read", "Write", "List"]),
  documents: on([documentsBucket], ["Read", "Write", "List"]),
  state: on([stateBucket], ["Admin", "Read", "Write", "List", "Tagging"]),
};

export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
}

export function renderIdentities(credentials: Readonly<Record<OffsiteIdentity, Credentials>>): string {
  const identities = offsiteIdentities.map((name) => ({
    name,
    credentials: [credentials[name]],
    actions: rights[name],
  }));
  return `${JSON.stringify({ identities }, null, 2)}\n`;
}

/** Without a key the store takes a bucket's default encryption and then refuses every object. */
export function renderStoreSecurity(sseKey: string): string {
  return `[s3.sse]\nkek = "${sseKey}"\n`;
}

/** One volume at a time for each bucket, grown when it is full: a lab has many small buckets. */
export function renderStoreMaster(): string {
  return "[master.volume_growth]\ncopy_1 = 1\ncopy_2 = 1\ncopy_3 = 1\ncopy_other = 1\n";
}

/** Master, volume server, filer and S3 in one process; only S3 leaves the loopback device. */
export function objectsPart(): string {
  return execLine("weed -logtostderr=true server", {
    dir: "/var/lib/seaweedfs",
    ip: "127.0.0.1",
    "ip.bind": "127.0.0.1",
    filer: true,
    s3: true,
    "s3.ip.bind": thirdAddresses.objects,
    "s3.port": ports.objects,
    "s3.cert.file": "/etc/holdfast/secrets/tls.crt",
    "s3.key.file": "/etc/holdfast/secrets/tls.key",
    "s3.config": "/etc/holdfast/seaweedfs/identities.json",
    // A misspelt bucket is an error, not a new bucket.
    "s3.autoCreateBucket": false,
    "s3.port.iceberg": 0,
    "s3.port.lance": 0,
    "master.volumeSizeLimitMB": 256,
    "master.volumePreallocate": false,
    "master.defaultReplication": "000",
    "master.telemetry": false,
    "volume.max": 500,
  });
}

function on(buckets: readonly string[], actions: readonly string[]): readonly string[] {
  return buckets.flatMap((bucket) => actions.map((action) => `${action}:${bucket}`));
}
