import { randomUUID } from "node:crypto";
import type { Clients } from "../clients/index.ts";
import { type ObjectStore, StoreError } from "../clients/object-store.ts";
import { ProviderError } from "../server/errors.ts";
import type { BucketInputs } from "./bucket-types.ts";

const PREFIX = "holdfast-probe/";
/** Long enough for the refused delete to arrive before it lapses, short enough to wait for. */
const RETENTION_MS = 3_000;
/** Our clock and the store's may differ; beyond this the probe is left to the lifecycle rule. */
const REMOVE_ATTEMPTS = 10;

/**
 * Writes, reads, lists and deletes a small object. A store may take a setting and then fail every write
 * that falls under it, so a setting counts only when an object has been through it.
 *
 * With object lock the probe carries a retention of its own of three seconds, which overrides the bucket's
 * default, so it proves that a locked version cannot be deleted and still leaves nothing behind.
 */
export async function probeBucket(
  inputs: BucketInputs,
  store: ObjectStore,
  clients: Pick<Clients, "now" | "sleep">,
): Promise<void> {
  const { name, objectLock } = inputs;
  const key = `${PREFIX}${randomUUID()}`;
  const body = `holdfast probe ${key}`;
  const until = new Date(clients.now().getTime() + RETENTION_MS);

  const written = await attempt(inputs, "write", () =>
    store.put(
      name,
      key,
      body,
      objectLock === undefined ? {} : { retention: { mode: objectLock.mode, until } },
    ),
  );
  const versionId = written.kind === "written" ? written.versionId : undefined;
  const found = await attempt(inputs, "read", () => store.get(name, key));
  if (found?.body !== body) throw failed(inputs, "read", "the object came back different");

  if (inputs.versioning) {
    const versions = await attempt(inputs, "list", () =>
      store.listVersions(name, { prefix: key, limit: 10 }),
    );
    if (versionId === undefined || !versions.some((version) => version.versionId === versionId)) {
      throw failed(inputs, "list", "the object's version is not in the list of versions");
    }
  }
  if (objectLock === undefined || versionId === undefined) {
    await attempt(inputs, "delete", () => store.remove(name, key, versionId));
    return;
  }
  await expectLocked(inputs, store, key, versionId);
  await removeAfterRetention(inputs, store, key, versionId, clients);
}

async function expectLocked(
  inputs: BucketInputs,
  store: ObjectStore,
  key: string,
  versionId: string,
): Promise<void> {
  try {
    await store.remove(inputs.name, key, versionId);
  } catch (error) {
    if (error instanceof StoreError && (error.status === 403 || error.status === 400)) return;
    throw failed(inputs, "try the lock of", "the delete failed for another reason", error);
  }
  throw failed(inputs, "try the lock of", "a version under retention could be deleted");
}

async function removeAfterRetention(
  inputs: BucketInputs,
  store: ObjectStore,
  key: string,
  versionId: string,
  clients: Pick<Clients, "sleep">,
): Promise<void> {
  await clients.sleep(RETENTION_MS);
  for (let left = REMOVE_ATTEMPTS; left > 0; left--) {
    try {
      await store.remove(inputs.name, key, versionId);
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || error.status === undefined) throw error;
      await clients.sleep(1_000);
    }
  }
}

async function attempt<T>(inputs: BucketInputs, what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw failed(inputs, what, "the store refused it", error);
  }
}

function failed(inputs: BucketInputs, what: string, reason: string, cause?: unknown): ProviderError {
  const settings = [
    ...(inputs.defaultEncryption === "none" ? [] : [`default encryption ${inputs.defaultEncryption}`]),
    ...(inputs.objectLock === undefined ? [] : [`object lock ${inputs.objectLock.mode}`]),
    ...(inputs.versioning ? ["versioning"] : []),
  ];
  const under = settings.length === 0 ? "" : `; the store accepted ${settings.join(", ")} for it`;
  return new ProviderError(
    `bucket ${inputs.name} does not work: cannot ${what} a probe object: ${reason}${under}`,
    {
      hint:
        inputs.defaultEncryption === "none"
          ? "try the same with the store's own tools"
          : "give the store its encryption key (SeaweedFS: s3.sse.kek in security.toml), or set defaultEncryption to none",
      cause,
    },
  );
}
