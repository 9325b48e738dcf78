import { createHash } from "node:crypto";
import type { Clients } from "../../provider/clients/index.ts";
import type { NameServer } from "../../provider/clients/name-server.ts";
import {
  type LifecycleRule,
  type ObjectStore,
  type ObjectVersion,
  type PutOptions,
  type PutOutcome,
  type RetentionRule,
  type StoredObject,
  StoreError,
} from "../../provider/clients/object-store.ts";
import type { DnsServer, RecordSet, ZoneState } from "../../provider/clients/powerdns.ts";
import type { CallContext } from "../../provider/server/handler.ts";
import type { Plain, PlainMap } from "../../provider/server/value.ts";

interface Version {
  readonly key: string;
  readonly versionId: string;
  readonly body: string;
  readonly lockedUntil: number;
}

interface MemoryBucket {
  versioning: boolean;
  lockEnabled: boolean;
  rule: RetentionRule | undefined;
  encryption: string | undefined;
  lifecycle: readonly LifecycleRule[];
  policy: string | undefined;
  versions: Version[];
}

/** An S3 store in memory, with the answers that SeaweedFS gave when it was asked the same. */
export class MemoryStore implements ObjectStore {
  readonly endpoint = "memory:";
  readonly buckets = new Map<string, MemoryBucket>();
  now = 0;
  /** Like a SeaweedFS without a key: takes the setting and fails the writes. */
  isEncryptionBroken = false;
  /** Runs between a caller's look at an object and its PUT. */
  beforePut: (() => void) | undefined;
  isDown = false;
  #versions = 0;

  bucket(name: string): MemoryBucket {
    if (this.isDown) throw new StoreError("no answer", { code: "", cause: undefined });
    const found = this.buckets.get(name);
    if (found === undefined) throw this.#error(404, "NoSuchBucket");
    return found;
  }

  async hasBucket(name: string): Promise<boolean> {
    if (this.isDown) this.bucket(name);
    return this.buckets.has(name);
  }

  async createBucket(name: string, options: { readonly objectLock: boolean }): Promise<void> {
    this.buckets.set(name, {
      versioning: options.objectLock,
      lockEnabled: options.objectLock,
      rule: undefined,
      encryption: undefined,
      lifecycle: [],
      policy: undefined,
      versions: [],
    });
  }

  async deleteBucket(name: string): Promise<void> {
    this.buckets.delete(name);
  }

  async getVersioning(name: string): Promise<boolean> {
    return this.bucket(name).versioning;
  }

  async setVersioning(name: string, enabled: boolean): Promise<void> {
    if (!enabled && this.bucket(name).lockEnabled) throw this.#error(409, "InvalidBucketState");
    this.bucket(name).versioning = enabled;
  }

  async getObjectLock(name: string): Promise<{ readonly enabled: boolean; readonly rule?: RetentionRule }> {
    const { lockEnabled, rule } = this.bucket(name);
    return { enabled: lockEnabled, ...(rule === undefined ? {} : { rule }) };
  }

  async setObjectLock(name: string, rule: RetentionRule | undefined): Promise<void> {
    const bucket = this.bucket(name);
    if (!bucket.versioning) throw this.#error(409, "InvalidBucketState");
    bucket.lockEnabled = true;
    bucket.rule = rule;
  }

  async getEncryption(name: string): Promise<string | undefined> {
    return this.bucket(name).encryption;
  }

  async setEncryption(name: string, algorithm: "AES256" | undefined): Promise<void> {
    this.bucket(name).encryption = algorithm;
  }

  async getLifecycle(name: string): Promise<readonly LifecycleRule[]> {
    return this.bucket(name).lifecycle;
  }

  async setLifecycle(name: string, rules: readonly LifecycleRule[]): Promise<void> {
    this.bucket(name).lifecycle = rules;
  }

  async getPolicy(name: string): Promise<string | undefined> {
    return this.bucket(name).policy;
  }

  async setPolicy(name: string, policy: string | undefined): Promise<void> {
    this.bucket(name).policy = policy;
  }

  async get(name: string, key: string): Promise<StoredObject | undefined> {
    const version = this.bucket(name).versions.findLast((entry) => entry.key === key);
    return version === undefined ? undefined : { body: version.body, etag: etagOf(version.body) };
  }

  async put(name: string, key: string, body: string, options: PutOptions = {}): Promise<PutOutcome> {
    this.beforePut?.();
    const bucket = this.bucket(name);
    if (bucket.encryption !== undefined && this.isEncryptionBroken) throw this.#error(500, "InternalError");
    const current = await this.get(name, key);
    const { condition = { kind: "always" }, retention } = options;
    if (condition.kind === "absent" && current !== undefined) return { kind: "lost" };
    if (condition.kind === "match" && current?.etag !== condition.etag) return { kind: "lost" };
    this.#versions += 1;
    const versionId = `v${this.#versions}`;
    const lockedUntil = retention?.until.getTime() ?? this.now + (bucket.rule?.days ?? 0) * 86_400_000;
    if (!bucket.versioning) bucket.versions = bucket.versions.filter((entry) => entry.key !== key);
    bucket.versions.push({ key, versionId, body, lockedUntil: bucket.lockEnabled ? lockedUntil : 0 });
    return { kind: "written", etag: etagOf(body), ...(bucket.versioning ? { versionId } : {}) };
  }

  async remove(name: string, key: string, versionId?: string): Promise<void> {
    const bucket = this.bucket(name);
    const isTarget = (entry: Version): boolean =>
      entry.key === key && (versionId === undefined || entry.versionId === versionId);
    if (
      versionId !== undefined &&
      bucket.versions.some((entry) => isTarget(entry) && entry.lockedUntil > this.now)
    ) {
      throw this.#error(403, "AccessDenied");
    }
    bucket.versions = bucket.versions.filter((entry) => !isTarget(entry));
  }

  async listVersions(
    name: string,
    options: { readonly prefix?: string; readonly limit: number },
  ): Promise<readonly ObjectVersion[]> {
    return this.bucket(name)
      .versions.filter((entry) => entry.key.startsWith(options.prefix ?? ""))
      .slice(0, options.limit)
      .map(({ key, versionId }) => ({ key, versionId, isDeleteMarker: false }));
  }

  async abortUploads(): Promise<void> {}

  #error(status: number, code: string): StoreError {
    return new StoreError(`answer ${status} ${code}`, { status, code, cause: undefined });
  }
}

function etagOf(body: string): string {
  return createHash("md5").update(body).digest("hex");
}

/** A primary name server and its secondary in memory; the secondary may be made to lag. */
export class MemoryDns implements DnsServer {
  readonly endpoint = "memory:";
  readonly zones = new Map<string, { kind: string; serial: number; recordSets: RecordSet[] }>();
  notified = 0;

  async getZone(zone: string): Promise<ZoneState | undefined> {
    const found = this.zones.get(zone);
    return found === undefined ? undefined : { name: zone, ...found, recordSets: [...found.recordSets] };
  }

  async createZone(
    zone: string,
    settings: { readonly kind: string; readonly recordSets: readonly RecordSet[] },
  ): Promise<void> {
    this.zones.set(zone, { kind: settings.kind, serial: 1, recordSets: [...settings.recordSets] });
  }

  async setZoneKind(zone: string, kind: string): Promise<void> {
    this.#change(zone).kind = kind;
  }

  async deleteZone(zone: string): Promise<void> {
    this.zones.delete(zone);
  }

  async replace(zone: string, set: RecordSet): Promise<void> {
    const found = this.#change(zone);
    found.recordSets = [...found.recordSets.filter((entry) => !isSameName(entry, set)), set];
  }

  async remove(zone: string, name: string, type: string): Promise<void> {
    const found = this.#change(zone);
    found.recordSets = found.recordSets.filter((entry) => !isSameName(entry, { name, type }));
  }

  async notify(): Promise<void> {
    this.notified += 1;
  }

  #change(zone: string): { kind: string; serial: number; recordSets: RecordSet[] } {
    const found = this.zones.get(zone);
    if (found === undefined) throw new Error(`no zone ${zone}`);
    found.serial += 1;
    return found;
  }
}

function isSameName(left: { name: string; type: string }, right: { name: string; type: string }): boolean {
  return left.name === right.name && left.type === right.type;
}

/** What a value becomes on the wire: properties without a value are not there. */
export function plain(value: object): PlainMap {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, property]) => property !== undefined)
      .map(([key, property]) => [key, structuredClone(property) as Plain]),
  );
}

export interface TestContext extends CallContext<Clients> {
  readonly lines: string[];
}

/** A call's surroundings with a clock that only `sleep` moves. */
export function testContext(
  parts: {
    readonly store?: MemoryStore;
    readonly dns?: MemoryDns;
    readonly nameServer?: (address: string) => NameServer;
  } = {},
): TestContext {
  let nowMs = Date.parse("2026-01-02T03:04:05Z");
  const { store, dns } = parts;
  if (store !== undefined) store.now = nowMs;
  const lines: string[] = [];
  return {
    lines,
    urn: "urn:pulumi:test::test::holdfast:index:Test::test",
    signal: new AbortController().signal,
    log: (_severity, message) => void lines.push(message),
    clients: {
      ...(store === undefined ? {} : { store }),
      ...(dns === undefined ? {} : { dns }),
      nameServer:
        parts.nameServer ??
        ((address) => ({ address, serial: async () => undefined, addresses: async () => [] })),
      now: () => new Date(nowMs),
      sleep: async (ms) => {
        nowMs += ms;
        if (store !== undefined) store.now = nowMs;
      },
    },
  };
}
