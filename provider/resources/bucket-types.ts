import { z } from "zod";
import type { CheckFailure } from "../server/errors.ts";

const days = z.int().min(1).max(36_500);

export const bucketSchema = z.object({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u, "must be 3 to 63 small letters, digits, dots and dashes"),
  objectLock: z.strictObject({ mode: z.enum(["COMPLIANCE", "GOVERNANCE"]), days }).optional(),
  versioning: z.boolean().default(false),
  defaultEncryption: z.enum(["AES256", "none"]).default("none"),
  lifecycle: z
    .strictObject({
      noncurrentDays: days.optional(),
      abortIncompleteUploadDays: days.optional(),
      prefix: z.string().min(1).optional(),
    })
    .optional(),
  policy: z
    .string()
    .refine(isJsonObject, "must be a policy document: a JSON object")
    .transform(canonicalPolicy)
    .optional(),
  forceDestroy: z.boolean().default(false),
});
export type BucketInputs = z.infer<typeof bucketSchema>;

export type BucketOutputs = BucketInputs & {
  /** Ids of lifecycle rules that this resource did not write; any is drift, and an update removes it. */
  readonly foreignLifecycleRules: readonly string[];
};

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** One spelling of a policy: stores give it back with other spaces, and single values for lists of one. */
export function canonicalPolicy(text: string): string {
  return isJsonObject(text) ? JSON.stringify(ordered(JSON.parse(text))) : text;
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? ordered(value[0]) : value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, ordered(inner)]),
  );
}

export function checkBucket(inputs: BucketInputs): readonly CheckFailure[] {
  const failures: CheckFailure[] = [];
  const { lifecycle, objectLock, versioning } = inputs;
  if (objectLock !== undefined && !versioning) {
    failures.push({
      property: "versioning",
      reason: "versioning: must be true with objectLock, which locks versions",
    });
  }
  if (lifecycle?.noncurrentDays !== undefined && !versioning) {
    failures.push({
      property: "lifecycle.noncurrentDays",
      reason: "lifecycle.noncurrentDays: has no effect without versioning",
    });
  }
  if (lifecycle !== undefined && Object.keys(lifecycle).every((name) => name === "prefix")) {
    failures.push({
      property: "lifecycle",
      reason: "lifecycle: give noncurrentDays, abortIncompleteUploadDays or both",
    });
  }
  return failures;
}
