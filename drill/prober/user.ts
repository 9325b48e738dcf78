import type { UserAction, UserProof } from "./ports.ts";
import type { PublicAction } from "./public-name.ts";

/** A real user's transaction. */
export function userAction(user: UserAction): PublicAction<UserProof> {
  return {
    act: user.transact,
    succeeded: (common, proof) => ({ kind: "user", ok: true, ...common, ...proof, error: null }),
    failed: (common, error) => ({
      kind: "user",
      ok: false,
      ...common,
      epoch: null,
      site: null,
      recordId: null,
      error,
    }),
  };
}
