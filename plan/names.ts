import { createHash } from "node:crypto";

/** Kubernetes' own limits: a name that passes here is not refused in the middle of an `up`. */
export const nameLimits = {
  /** RFC 1123 label: services, namespaces, containers, volumes. */
  label: 63,
  /** The controller appends 11 characters to name a Job. */
  cronJob: 52,
  /** A pod's label `controller-revision-hash` is the name and 11 characters more. */
  statefulSet: 52,
} as const;

export type NameKind = keyof typeof nameLimits;

/**
 * A name from its parts. One that is too long keeps its beginning and ends in a
 * digest of the whole, so that two long names stay different and the same parts
 * give the same name on every run: a changed name replaces the resource.
 */
export function nameOf(kind: NameKind, ...parts: readonly string[]): string {
  const whole = parts.map(cleanPart).filter(Boolean).join("-");
  const limit = nameLimits[kind];
  if (whole.length <= limit) return whole;
  const digest = createHash("sha256").update(whole).digest("hex").slice(0, 8);
  return `${whole.slice(0, limit - digest.length - 1).replace(/-+$/, "")}-${digest}`;
}

function cleanPart(part: string): string {
  return part
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}
