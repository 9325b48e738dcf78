/**
 * The closed sets that a stack file speaks of. contract/ has the same words for
 * what stacks give out; plan/ does not compile where the two differ.
 */
export const siteNames = ["primary", "dr"] as const;

/** Where a recovery ends. */
export const recoveryKinds = ["latest", "time", "lsn", "name", "set"] as const;
export type RecoveryKind = (typeof recoveryKinds)[number];

export const roleNames = ["active", "standby", "draining", "rehearsal"] as const;
export type RoleName = (typeof roleNames)[number];
