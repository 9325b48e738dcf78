import type { Role } from "../contract/stack.ts";

/** How much of a site runs in each role. */
export interface ReplicasPlan {
  readonly database: number;
  readonly services: number;
}

const replicasOfRoles = {
  active: { database: 1, services: 1 },
  /** Nothing runs: a cold standby has no copy that could go stale unseen, and no process that could write. */
  standby: { database: 0, services: 0 },
  /** Users are sent away and writes end, but the last WAL still has to reach the repository. */
  draining: { database: 1, services: 0 },
  rehearsal: { database: 1, services: 1 },
} as const satisfies Record<Role, ReplicasPlan>;

export function planReplicas(role: Role): ReplicasPlan {
  return replicasOfRoles[role];
}
