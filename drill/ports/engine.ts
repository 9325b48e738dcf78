import type { StackContract } from "../../contract/stack.ts";

/** The Pulumi engine. Rules for every implementation: ../ports.ts. */

export interface PulumiEvent {
  readonly kind: "resource" | "diagnostic" | "summary";
  readonly urn: string | null;
  readonly type: string | null;
  readonly operation: string | null;
  /** started, done, failed */
  readonly status: "started" | "done" | "failed" | "info" | "warning" | "error";
  readonly message: string;
}

export interface PulumiUpResult {
  readonly ok: boolean;
  /** True when it ended because `signal` aborted it. */
  readonly cancelled: boolean;
  /** The signal that ended the engine, if somebody else sent it one: its lock and pending operations are left behind. */
  readonly killedBy?: string | null;
  /** The engine's last error lines, for people; empty when ok. */
  readonly error: string;
  readonly changes: Readonly<Record<string, number>>;
}

/** A lock of an update on a stack's state, as the state's own bucket says. */
export interface StackLock {
  /** No two updates have the same. */
  readonly id: string;
  readonly pid: number;
  readonly username: string;
  readonly host: string;
  readonly takenAtMs: number;
  /** Its process: on this host, there or not; another host's cannot be asked. */
  readonly holder: "lives" | "gone" | "elsewhere";
}

export interface PulumiPort {
  /** Text of the committed Pulumi.<stack>.yaml. */
  committedConfig(stack: string): Promise<string>;
  /** `configFile` is the run's copy; the committed file is never written (rule 26). A failed `up` is a value. */
  up(args: {
    readonly stack: string;
    readonly configFile: string;
    readonly message: string;
    /** Refresh first: for a site that came back fresh, whose objects are gone while state still lists them. Never for an unreachable one. */
    readonly refresh: boolean;
    readonly onEvent: (event: PulumiEvent) => void;
    /** Told once of the lock that this `up` holds, where it can be read. */
    readonly onLock?: (lock: StackLock) => void;
    readonly signal: AbortSignal;
  }): Promise<PulumiUpResult>;
  preview(args: {
    readonly stack: string;
    readonly configFile: string;
    readonly signal: AbortSignal;
  }): Promise<PulumiUpResult>;
  /** `pulumi destroy`, and the stack's own removal; the stack file stays. No stack is fine. A failure is a value. */
  destroy(args: {
    readonly stack: string;
    readonly message: string;
    readonly onEvent: (event: PulumiEvent) => void;
    readonly onLock?: (lock: StackLock) => void;
    readonly signal: AbortSignal;
  }): Promise<PulumiUpResult>;
  /** How many resources its state has; null when there is no such stack. */
  resources(stack: string, signal: AbortSignal): Promise<number | null>;
  /** The stack's output `contract`, parsed; null before the first `up`. */
  outputs(stack: string, signal: AbortSignal): Promise<StackContract | null>;
  /** Read, not taken; none for a stack that is not there. */
  locks(stack: string, signal: AbortSignal): Promise<readonly StackLock[]>;
  /** `pulumi cancel`: every lock of the stack. Only `drill/stack-lock.ts` decides that (rule 25). */
  cancelLocks(stack: string, signal: AbortSignal): Promise<void>;
  /**
   * What a killed `up` left half done in the stack's state, by name; where there is any, the state is refreshed with
   * pending creates cleared. Only for a stack whose site answers.
   */
  clearPending(args: {
    readonly stack: string;
    readonly configFile: string;
    readonly signal: AbortSignal;
  }): Promise<readonly string[]>;
}
