import type { OffsiteConfig } from "../config/index.ts";
import type { BucketPlan } from "./types.ts";

const secondsInDay = 86_400;

/**
 * A bucket that has to survive an attack: locked, versioned, and without any rule by age on current objects,
 * which would delete the repository's archive.info, a record that nothing has replaced, a document in use.
 */
export function planLockedBucket(
  logicalName: string,
  bucketName: string,
  offsite: OffsiteConfig["offsite"],
): BucketPlan {
  return {
    logicalName,
    bucketName,
    versioning: true,
    objectLock: { mode: offsite.lock.mode, days: offsite.lock.days },
    defaultEncryption: offsite.encryption === "none" ? null : offsite.encryption,
    lifecycle: {
      noncurrentDays: offsite.noncurrentDays,
      abortIncompleteUploadDays: Math.ceil(offsite.abortUploadsAfter / secondsInDay),
    },
    protect: offsite.protect,
    retainOnDelete: offsite.protect,
    forceDestroy: false,
  };
}

/**
 * Epoch and lease. No lock: they are overwritten. No versions either: a
 * conditional write is the whole of what is asked of this bucket, and on a store
 * where it was wrong once, nothing else should lie in its way.
 */
export function planControlBucket(offsite: OffsiteConfig["offsite"]): BucketPlan {
  return {
    logicalName: "control",
    bucketName: offsite.controlBucket,
    versioning: false,
    objectLock: null,
    defaultEncryption: offsite.encryption === "none" ? null : offsite.encryption,
    lifecycle: null,
    protect: offsite.protect,
    retainOnDelete: offsite.protect,
    forceDestroy: false,
  };
}
