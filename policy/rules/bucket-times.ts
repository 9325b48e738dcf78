import { type Bucket, bucketLabel, bucketsOf, isBucket } from "../read/buckets.ts";
import { repositoriesOf } from "../read/pgbackrest.ts";
import { holdsText } from "../read/pods.ts";
import { each } from "../read/value.ts";
import { type Finding, listOfWords, type Resource, type Rule, stackRule, wholeNumber } from "../rule.ts";

/** Days of one bucket's lock; none where it has no lock, which is bucket-locked's to say. */
function* eachLocked(
  resources: readonly Resource[],
  judge: (bucket: Bucket, lockDays: number) => Iterable<string>,
): Generator<Finding> {
  yield* each(bucketsOf(resources), function* (bucket) {
    const days = bucket.lock()?.days;
    if (days === undefined || days < 1) return;
    for (const message of judge(bucket, days))
      yield { message: `${bucketLabel(bucket)} ${message}`, at: bucket.resource };
  });
}

const fullIntervalDays = wholeNumber(
  2,
  "days from the start of a full backup to the end of the next one; two for a daily schedule",
);
const detectionDays = wholeNumber(5, "days that an attack may go unnoticed");
const retentionDays = wholeNumber(
  0,
  "days after which a full backup expires, where the stack does not say so itself; 0: it does",
);

const lockCoversDetection = stackRule({
  name: "lock-covers-detection",
  title: "The lock holds a full backup until an attack is noticed",
  severity: "critical",
  level: "mandatory",
  reason:
    "at the end of the detection window the newest clean full backup can be one interval older than the attack; unlocked by then, one day of patience deletes it",
  remediation: "lock for at least the full interval plus the detection window",
  settings: { fullIntervalDays, detectionDays },
  covers: isBucket,
  *judge(resources, values) {
    const least = values.fullIntervalDays + values.detectionDays;
    yield* eachLocked(resources, function* (_, days) {
      if (days < least)
        yield `is locked for ${days} days, less than the ${values.fullIntervalDays} of a full interval and the ${values.detectionDays} of the detection window`;
    });
  },
});

const lockWithinRetention = stackRule({
  name: "lock-within-retention",
  title: "Retention is longer than the lock",
  severity: "high",
  level: "mandatory",
  reason: "a backup that expires while it is locked is paid for, and no restore sees it",
  remediation: "keep more full backups, or lock for fewer days",
  settings: {
    fullIntervalDays: wholeNumber(1, "days between two full backups"),
    lockDays: wholeNumber(
      0,
      "days of lock on the repositories that the stack writes to but does not own; 0: none",
    ),
    retentionDays,
  },
  covers: (resource) => isBucket(resource) || holdsText(resource),
  *judge(resources, values) {
    if (values.retentionDays > 0) {
      yield* eachLocked(resources, function* (_, days) {
        if (days >= values.retentionDays)
          yield `is locked for ${days} days, and full backups expire after ${values.retentionDays}`;
      });
    }
    if (values.lockDays === 0) return;
    for (const { at, file, fullCount, fullDays } of repositoriesOf(resources)) {
      const days = fullDays ?? (fullCount === undefined ? undefined : fullCount * values.fullIntervalDays);
      if (days !== undefined && days <= values.lockDays)
        yield {
          message: `${file} lets a full backup expire after ${days} days, while it is locked for ${values.lockDays}`,
          at,
        };
    }
  },
});

const noncurrentOutlivesLock = stackRule({
  name: "noncurrent-outlives-lock",
  title: "Old versions outlive the lock and the detection window",
  severity: "critical",
  level: "mandatory",
  reason:
    "what an attacker deletes is an old version: gone before the attack is noticed, nothing is left to bring back; and not every store's lifecycle asks the lock",
  remediation: "keep noncurrent versions for at least the lock's days and more than the detection window",
  settings: { detectionDays },
  covers: isBucket,
  *judge(resources, values) {
    yield* eachLocked(resources, function* (bucket, lockDays) {
      for (const { id, noncurrentDays } of bucket.lifecycle()) {
        if (noncurrentDays === undefined) continue;
        if (noncurrentDays < lockDays)
          yield `removes old versions after ${noncurrentDays} days (${id}), while they are locked for ${lockDays}`;
        else if (noncurrentDays <= values.detectionDays)
          yield `removes old versions after ${noncurrentDays} days (${id}), within the detection window of ${values.detectionDays}`;
      }
    });
  },
});

const noAgeExpiry = stackRule({
  name: "no-age-expiry",
  title: "No rule removes current objects of a repository by age",
  severity: "critical",
  level: "mandatory",
  reason:
    "the repository's own files (archive.info, backup.info, the oldest full of a chain) are old and needed: an age rule ends every restore",
  remediation: "leave the expiry of backups to the backup tool; expire noncurrent versions only",
  settings: {
    otherPrefixes: listOfWords(
      [],
      "prefixes with objects that are no backups: an age rule below one is allowed",
    ),
  },
  covers: isBucket,
  *judge(resources, values) {
    yield* each(bucketsOf(resources), function* (bucket) {
      for (const { id, prefix, expiresCurrent } of bucket.lifecycle()) {
        if (!expiresCurrent || values.otherPrefixes.some((other) => other !== "" && prefix.startsWith(other)))
          continue;
        const where = prefix === "" ? "anywhere in it" : `below ${prefix}`;
        yield {
          message: `${bucketLabel(bucket)} removes current objects ${where} by age (${id})`,
          at: bucket.resource,
        };
      }
    });
  },
});

export const bucketTimesRules: readonly Rule[] = [
  lockCoversDetection,
  lockWithinRetention,
  noncurrentOutlivesLock,
  noAgeExpiry,
];
