import type { Partly, SiteConfig } from "../schema.ts";
import { type Findings, gather, nothing, problem, warning } from "./findings.ts";

/** A ramp goes up and arrives; between its steps nobody asks again whether it should. */
export function checkRamp({ site, traffic }: Partly<SiteConfig>): Findings {
  const findings: Findings[] = [];
  const { ramp, rampHold, share, ttl } = traffic ?? {};
  const shares = ramp?.filter((one) => one !== undefined) ?? [];
  if (ramp !== undefined && shares.length === ramp.length && shares.length > 0) {
    if (shares.some((one, index) => index > 0 && one <= (shares[index - 1] ?? 0)))
      findings.push(
        problem({
          path: "traffic.ramp",
          what: "does not rise from step to step",
          got: `[${shares.join(", ")}]`,
          allowed: "for example [10, 50, 100]",
        }),
      );
    if (shares.at(-1) !== 100)
      findings.push(
        problem({
          path: "traffic.ramp",
          what: "does not end at 100, so a part of the users would stay behind",
          got: `[${shares.join(", ")}]`,
          allowed: "100 as its last step",
        }),
      );
    // What is held for less than an answer lives is judged by those who have not seen it yet.
    if (shares.length > 1 && rampHold !== undefined && ttl !== undefined && rampHold < 2 * ttl)
      findings.push(
        problem({
          path: "traffic.rampHold",
          what: "is too short: answers of the step before live as long as traffic.ttl",
          got: `${rampHold} seconds`,
          allowed: `at least ${2 * ttl} seconds`,
        }),
      );
  }
  if (share !== undefined && share < 100 && site?.role === "active" && site.name === "dr")
    findings.push(
      warning({
        path: "traffic.share",
        what: "users are sent to the other site too, although dr is the active one",
        got: String(share),
        hint: "leave it out unless both sites serve",
      }),
    );
  return findings.length === 0 ? nothing : gather(findings);
}
