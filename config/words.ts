/**
 * The closed sets that a stack file speaks of. contract/ has the same words for
 * what stacks give out; plan/ does not compile where the two differ.
 */
export const siteNames = ["primary", "dr"] as const;

export const roleNames = ["active", "standby", "draining", "rehearsal"] as const;
export type RoleName = (typeof roleNames)[number];
