import type { RoleName } from "../words.ts";
import { type Findings, nothing, problem } from "./findings.ts";

const sitesOfStacks: Readonly<Record<string, string>> = {
  offsite: "offsite",
  primary: "primary",
  dr: "dr",
  rehearsal: "dr",
};

/** A stack file that was copied and not edited would manage the other site's resources under this one's state. */
export function checkStackName(
  name: string | undefined,
  role: RoleName | undefined,
  stack: string,
): Findings {
  const expected = Object.hasOwn(sitesOfStacks, stack) ? sitesOfStacks[stack] : undefined;
  if (name !== undefined && expected !== undefined && name !== expected) {
    return problem({
      path: "site.name",
      what: `does not fit the stack ${stack}`,
      got: name,
      allowed: expected,
    });
  }
  if (role === "rehearsal" && name === "primary") {
    return problem({
      path: "site.role",
      what: "a rehearsal runs at dr, so that it cannot take capacity or names from the business",
      got: role,
      allowed: "active, standby, draining",
    });
  }
  // In dr's own stack it would turn the standby database into a quarantined copy, and the DR site away.
  if (role !== undefined && (role === "rehearsal") !== (stack === "rehearsal") && expected !== undefined) {
    return problem({
      path: "site.role",
      what: "the role rehearsal and the stack rehearsal go together",
      got: `${role} in stack ${stack}`,
      allowed: stack === "rehearsal" ? "rehearsal" : "active, standby, draining",
    });
  }
  return nothing;
}
