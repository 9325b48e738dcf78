import type { OffsiteConfig } from "../config/index.ts";
import { planBucketPolicy } from "./bucket-policy.ts";
import type { BucketPlan } from "./types.ts";

type Offsite = OffsiteConfig["offsite"];

const secondsInDay = 86_400;

/**
 * A bucket that has to survive an attack: locked, versioned, and without any rule by age on current objects,
 * which would delete the repository's archive.info, a record that nothing has replaced, a document in use.
 */
export function planLockedBucket(logicalName: string, bucketName: string, offsite: Offsite): BucketPlan {
  return {
    logicalName,
    bucketName,
    versioning: true,
    objectLock: { mode: offsite.lock.mode, days: offsite.lock.days },
    defaultEncryption: encryptionOf(offsite),
    policy: offsite.implementation === "s3" ? planBucketPolicy(bucketName, offsite.writers) : null,
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
export function planControlBucket(offsite: Offsite): BucketPlan {
  return {
    logicalName: "control",
    bucketName: offsite.controlBucket,
    versioning: false,
    objectLock: null,
    defaultEncryption: encryptionOf(offsite),
    policy: null,
    lifecycle: null,
    protect: offsite.protect,
    retainOnDelete: offsite.protect,
    forceDestroy: false,
  };
}

/** At Amazon's it is a key of our own, and part of that plan. */
function encryptionOf(offsite: Offsite): BucketPlan["defaultEncryption"] {
  return offsite.implementation === "s3" && offsite.encryption !== "none" ? offsite.encryption : null;
}
