import type { Partly, SiteConfig } from "../schema.ts";
import { type Findings, gather, nothing, problem } from "./findings.ts";

const identities = ["writer", "reader", "recorder", "documents"] as const;

/** Roles in place of keys: a token service gives sessions of its own partition alone. */
export function checkRoles({ offsite }: Partly<SiteConfig>): Findings {
  if (offsite?.implementation !== "aws") return nothing;
  const { partition } = offsite;
  if (partition === undefined) return nothing;
  const findings = identities.flatMap((name): readonly Findings[] => {
    const identity = offsite[name];
    if (identity === undefined || !("role" in identity) || identity.role === undefined) return [];
    if (identity.role.startsWith(`arn:${partition}:`)) return [];
    return [
      problem({
        path: `offsite.${name}.role`,
        what: "is a role of another partition than offsite.partition: the region's STS gives no session of it",
        got: identity.role,
        allowed: `a role of arn:${partition}`,
      }),
    ];
  });
  return gather(findings);
}
