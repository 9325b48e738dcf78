import type { LifecycleRule as S3Rule } from "@aws-sdk/client-s3";
import type { LifecycleRule } from "./object-store.ts";

/** A rule as the store has it; what we never write makes it `other`. */
export function readLifecycleRule(rule: S3Rule): LifecycleRule {
  const prefix = rule.Filter?.Prefix ?? rule.Prefix ?? "";
  const noncurrentDays = rule.NoncurrentVersionExpiration?.NoncurrentDays;
  const abortDays = rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  const other =
    rule.Status !== "Enabled" ||
    rule.Expiration !== undefined ||
    (rule.Transitions ?? []).length > 0 ||
    (rule.NoncurrentVersionTransitions ?? []).length > 0 ||
    rule.Filter?.Tag !== undefined ||
    rule.Filter?.And !== undefined;
  return {
    id: rule.ID ?? "",
    ...(prefix === "" ? {} : { prefix }),
    ...(noncurrentDays === undefined ? {} : { noncurrentDays }),
    ...(abortDays === undefined ? {} : { abortIncompleteUploadDays: abortDays }),
    ...(other ? { other } : {}),
  };
}

export function writeLifecycleRule(rule: LifecycleRule): S3Rule {
  return {
    ID: rule.id,
    Status: "Enabled",
    Filter: { Prefix: rule.prefix ?? "" },
    ...(rule.noncurrentDays === undefined
      ? {}
      : { NoncurrentVersionExpiration: { NoncurrentDays: rule.noncurrentDays } }),
    ...(rule.abortIncompleteUploadDays === undefined
      ? {}
      : {
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: rule.abortIncompleteUploadDays },
        }),
  };
}
