import type { UserAction, UserProof } from "./ports.ts";
import type { PublicAction } from "./public-name.ts";

/** A real user's transaction; of the kind `canary` through a rehearsal's name. */
export function userAction(user: UserAction, kind: "user" | "canary" = "user"): PublicAction<UserProof> {
  return {
    act: user.transact,
    succeeded: (common, proof) => ({ kind, ok: true, ...common, ...proof, error: null }),
    failed: (common, error) => ({
      kind,
      ok: false,
      ...common,
      epoch: null,
      site: null,
      recordId: null,
      error,
    }),
  };
}
