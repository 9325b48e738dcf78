import { UserError } from "../errors/user-error.ts";
import type { StackLock } from "./ports/engine.ts";
import type { Ports } from "./ports.ts";

/** A lock as a run keeps it in its journal: which update took it, under a name that no other update has. */
export interface OwnLock {
  readonly stack: string;
  readonly id: string;
}

/**
 * Pulumi's lock on a stack has no lease: it says who took it and when, not whether they live. Left behind is one whose
 * process this host no longer has, or one of another host that an engine of this run took, once that run's driver
 * was proved dead. Any other may be somebody's update that is under way, and is theirs to give back.
 */
export function isLeftBehind(stack: string, lock: StackLock, own: readonly OwnLock[]): boolean {
  if (lock.holder === "gone") return true;
  if (lock.holder === "lives") return false;
  return own.some((one) => one.stack === stack && one.id === lock.id);
}

type Asks = { readonly ports: Pick<Ports, "pulumi">; readonly signal: AbortSignal };

/** Changes nothing. Throws `STACK_LOCKED` where one of the stacks has a lock that is not left behind. */
export async function refuseOthersLocks(
  { ports, signal }: Asks,
  stacks: readonly string[],
  own: readonly OwnLock[],
): Promise<void> {
  await Promise.all(
    stacks.map(async (stack) => {
      refuseOthers(stack, await ports.pulumi.locks(stack, signal), own);
    }),
  );
}

/** Takes away what was left behind on the stack, or throws as `refuseOthersLocks` does. */
export async function cancelLeftLocks(
  { ports, signal }: Asks,
  stack: string,
  own: readonly OwnLock[],
): Promise<void> {
  const locks = await ports.pulumi.locks(stack, signal);
  refuseOthers(stack, locks, own);
  // `pulumi cancel` takes every lock of the stack. Beside one that is there no other update can take its own.
  if (locks.length > 0) await ports.pulumi.cancelLocks(stack, signal);
}

function refuseOthers(stack: string, locks: readonly StackLock[], own: readonly OwnLock[]): void {
  const other = locks.find((lock) => !isLeftBehind(stack, lock, own));
  if (other === undefined) return;
  const where = other.holder === "lives" ? "this host" : other.host;
  throw new UserError("STACK_LOCKED", {
    what: `an update that is not this run's holds the lock of stack ${stack}`,
    got: `${other.username}@${other.host}, process ${other.pid}, since ${new Date(other.takenAtMs).toISOString()}`,
    allowed:
      "no lock, one that an engine of this run left, or one of this host whose process is gone: only those are cancelled",
    hint: `wait until it ends and run this again; where process ${other.pid} is proved gone on ${where}: pulumi cancel --stack ${stack}`,
  });
}
