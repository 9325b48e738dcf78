import type { Site } from "../contract/stack.ts";
import type { ConfigChange } from "./config-copy.ts";
import type { BackupSetInfo, RepositoryInfo } from "./ports/repository.ts";
import { parseLsn, segmentBytes, segmentStart } from "./wal.ts";

/** A recovery to a chosen place, as a person asks for it; pure. */
export interface RecoveryRequest {
  readonly kind: "latest" | "time" | "lsn" | "name" | "set";
  /** The time (with its zone), LSN or restore point; null for latest and set. */
  readonly target: string | null;
  /** Kind set: that set; else the set to begin from. */
  readonly set: string | null;
  readonly exclusive: boolean;
  readonly repository: "offsite" | "site";
  readonly asOf: string | null;
}

export interface RecoverOptions {
  /** Who serves, and in which epoch: what the person has confirmed. */
  readonly site: Site;
  readonly epoch: number;
  /** Null: that epoch's own path. */
  readonly sourceEpoch: number | null;
  readonly request: RecoveryRequest;
  /** How long the pod may stand still on one error before the run gives up. */
  readonly stuckMs: number;
}

export function requestInWords(request: RecoveryRequest): string {
  const { kind, target, set, exclusive, repository, asOf } = request;
  const end =
    kind === "latest"
      ? "the end of the archive"
      : kind === "set"
        ? `the end of backup set ${set}`
        : `${exclusive ? "just before " : ""}${kind} ${target}`;
  const from = kind !== "set" && set !== null ? `, beginning from set ${set}` : "";
  return `${end}${from}, from the ${repository} repository${asOf === null ? "" : ` as it was at ${asOf}`}`;
}

/** The keys of `holdfast:recovery` that a request sets; all that is not said is taken away. */
export function recoveryChanges(
  request: RecoveryRequest,
  sourceEpoch: number | null,
): readonly ConfigChange[] {
  const { kind, target, set, exclusive, repository, asOf } = request;
  const at = (name: string, value: ConfigChange["value"]): ConfigChange => ({
    path: ["holdfast:recovery", name],
    value,
  });
  const inTarget = (name: string, value: ConfigChange["value"]): readonly ConfigChange[] =>
    value === null ? [] : [{ path: ["holdfast:recovery", "target", name], value }];
  return [
    at("target", null),
    ...inTarget("kind", kind),
    ...(kind === "latest" || kind === "set" ? [] : inTarget(kind, target)),
    ...inTarget("set", set),
    ...inTarget("exclusive", exclusive ? true : null),
    at("repository", repository),
    at("repositoryAsOf", asOf),
    at("sourceEpoch", sourceEpoch),
    at("timeline", null),
  ];
}

/** What the committed file must not keep: the next takeover of an epoch would end at a target that is long past. */
export const afterRecovery: readonly ConfigChange[] = [
  { path: ["holdfast:site", "handover"], value: null },
  ...["run", "timeline", "target", "repository", "repositoryAsOf", "sourceEpoch"].map(
    (name): ConfigChange => ({ path: ["holdfast:recovery", name], value: null }),
  ),
];

export interface ArchiveEnd {
  readonly segment: string;
  readonly storedAtMs: number;
}

/** Why the repository cannot give what is asked for, as far as its own info says; null when nothing speaks against it. */
export function refusalOf(
  request: RecoveryRequest,
  info: RepositoryInfo,
  end: ArchiveEnd | null,
  nowMs: number,
): string | null {
  const { kind, target, set } = request;
  const sets = info.sets.filter(({ error }) => !error);
  const first = sets[0];
  if (first === undefined) return "the repository holds no backup set";
  if (set !== null && !sets.some(({ label }) => label === set))
    return `there is no backup set ${set}; its sets: ${setsInWords(sets)}`;
  if (kind === "time") {
    const at = Date.parse(target ?? "");
    if (at > nowMs) return `${target} lies in the future`;
    if (at <= first.stoppedAtMs)
      return `${target} lies before the end of the first backup set; sets: ${setsInWords(sets)}`;
    if (end !== null && at > end.storedAtMs)
      return `${target} lies past the archive's end: its newest segment, ${end.segment}, was stored at ${iso(end.storedAtMs)}`;
  }
  if (kind === "lsn") {
    const at = parseLsn(target ?? "");
    if (at < parseLsn(first.lsnStop))
      return `${target} lies before the end of the first backup set; sets: ${setsInWords(sets)}`;
    if (end !== null && at > segmentStart(end.segment) + segmentBytes)
      return `${target} lies past the archive's end: its newest segment is ${end.segment}`;
  }
  return null;
}

function setsInWords(sets: readonly BackupSetInfo[]): string {
  const words = sets.map(
    ({ label, stoppedAtMs, lsnStop }) => `${label} (ended ${iso(stoppedAtMs)}, ${lsnStop})`,
  );
  return (words.length > 4 ? [words[0], "...", ...words.slice(-3)] : words).join(", ");
}

const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
