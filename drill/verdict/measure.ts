import type { LedgerEntry } from "../../contract/ledger.ts";
import type { Judgement } from "../../contract/verdict.ts";
import { acksOf, type UserEntry, usersOf } from "./ledger.ts";
import type { LostCount } from "./lost.ts";

export interface Measure {
  readonly seconds: number | null;
  readonly judgement: Judgement;
  readonly reason?: string;
}

export const notJudged = (reason: string): Measure => ({ seconds: null, judgement: "notJudged", reason });

/** An acknowledgement this close before the loss proves that writing went on until then. */
export const lastAckWithinMs = 2000;

export function judgeSeconds(seconds: number, limit: number): Measure {
  return seconds <= limit
    ? { seconds, judgement: "met" }
    : { seconds, judgement: "missed", reason: `${seconds} s is over the ${limit} s allowed` };
}

/** Loss to the first user's transaction through the public name that the new epoch at dr committed. */
export function firstServed(
  entries: readonly LedgerEntry[],
  lossAtMs: number,
  epochAfter: number,
): UserEntry | null {
  return (
    usersOf(entries).find(
      (user) => user.ok && user.sentAtMs >= lossAtMs && user.epoch === epochAfter && user.site === "dr",
    ) ?? null
  );
}

export function measureRto(args: {
  readonly entries: readonly LedgerEntry[];
  readonly lossAtMs: number;
  readonly epochAfter: number | null;
  readonly targetSeconds: number;
}): Measure {
  const { entries, lossAtMs, epochAfter, targetSeconds } = args;
  const served = epochAfter === null ? null : firstServed(entries, lossAtMs, epochAfter);
  if (served !== null) return judgeSeconds(seconds(served.atMs - lossAtMs), targetSeconds);
  const observed = seconds((entries.at(-1)?.atMs ?? lossAtMs) - lossAtMs);
  if (observed > targetSeconds)
    return {
      seconds: null,
      judgement: "missed",
      reason: `no user was served in the ${observed} s after the loss`,
    };
  return notJudged(`no user was served by the new epoch in the ${observed} s that were observed`);
}

export function measureRpo(args: {
  readonly entries: readonly LedgerEntry[];
  readonly lost: LostCount;
  readonly lossAtMs: number;
  readonly epochBefore: number;
  readonly targetSeconds: number;
}): Measure {
  const { entries, lost, lossAtMs, epochBefore, targetSeconds } = args;
  const heartbeats = acksOf(entries, epochBefore).filter((ack) => ack.writer === "heartbeat");
  if (!heartbeats.some((ack) => ack.atMs <= lossAtMs && ack.atMs >= lossAtMs - lastAckWithinMs))
    return notJudged(`no heartbeat was acknowledged in the ${lastAckWithinMs / 1000} s before the loss`);
  if (lost.lastPresentHeartbeatAtMs === null)
    return {
      seconds: null,
      judgement: "missed",
      reason: "no heartbeat that was acknowledged in this run is present",
    };
  // Acknowledged between the mark and the death of the site: nothing was lost then.
  return judgeSeconds(seconds(Math.max(0, lossAtMs - lost.lastPresentHeartbeatAtMs)), targetSeconds);
}

/** Whole milliseconds in, seconds with three decimals out: no noise of binary fractions in verdict.json. */
export function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}
