import { join } from "node:path";
import type { JournalEntry, JournalRecord } from "../contract/journal.ts";
import type { OnEvent } from "./events.ts";
import { type FactName, type FactValue, factSchemas } from "./facts.ts";
import { type Finding, findingCatalogue } from "./findings.ts";
import type { Journal } from "./journal.ts";
import { renderManifest } from "./manifest.ts";
import type { StepOutcome } from "./outcome.ts";
import type { RunCopier } from "./run-copy/copier.ts";
import { evidenceFolder, manifestFile, sha256, stageWhole, writeWhole } from "./run-directory.ts";

type CheckEntry = Extract<JournalEntry, { kind: "check" }>;

/** Everything a run leaves behind goes through here: journal first, then whoever draws it. */
export interface Trace {
  offsetMs(): number;
  stepStarted(step: string): void;
  stepEnded(step: string, outcome: StepOutcome, startMs: number, endMs: number): void;
  setFact<N extends FactName>(step: string, name: N, value: FactValue<N>): void;
  getFact<N extends FactName>(name: N): FactValue<N> | null;
  check(
    step: string,
    group: CheckEntry["group"],
    id: string,
    judgement: CheckEntry["judgement"],
    detail: string,
  ): void;
  finding(step: string, finding: Finding): void;
  progress(step: string, source: string, message: string, wallMs: number | null): void;
  evidence(step: string, name: string, text: string): void;
  /** Names under evidence/ that were written. */
  evidenceNames(): ReadonlySet<string>;
  writeConfig(stack: string, text: string): string;
  rollback(step: string, ok: boolean, reason: string | null): void;
  interrupted(reason: string): void;
  /** Another process goes on: what its predecessor wrote is this one's past. */
  resumed(record: Omit<Extract<JournalRecord, { kind: "resumed" }>, "kind">): void;
  /** The run stops here and stays open: no manifest, no closing line. */
  suspended(reason: string): void;
  /** Waits a moment until the third place has what was written so far: the journal first, then the deed. */
  copied(signal: AbortSignal): Promise<void>;
  /** Writes the manifest, then closes the journal with its digest. */
  close(status: "completed" | "failed" | "interrupted"): void;
}

export function createTrace(args: {
  readonly directory: string;
  readonly run: string;
  readonly journal: Journal;
  readonly onEvent: OnEvent;
  /** Null where a run has no third place to be copied to. */
  readonly copier?: RunCopier | null;
  /** What an earlier process of the same run wrote. */
  readonly past?: readonly JournalEntry[];
}): Trace {
  const { directory, journal, onEvent } = args;
  const copier = args.copier ?? null;
  const facts = new Map<string, unknown>();
  const files = new Map<string, { path: string; sha256: string; bytes: number }>();
  for (const entry of args.past ?? []) {
    if (entry.kind === "fact") facts.set(entry.name, entry.value);
    if (entry.kind === "evidence")
      files.set(entry.path, { path: entry.path, sha256: entry.sha256, bytes: entry.bytes });
  }

  return {
    offsetMs: () => journal.offsetMs(),
    stepStarted(step) {
      journal.append({ kind: "stepStarted", step });
      onEvent({ kind: "started", step, atMs: journal.offsetMs() });
    },
    stepEnded(step, outcome, startMs, endMs) {
      journal.append({
        kind: "stepEnded",
        step,
        outcome: outcome.kind,
        reason: outcome.reason,
        startMs,
        endMs,
      });
      onEvent({ kind: "ended", step, outcome, startMs, endMs });
    },
    setFact(step, name, value) {
      // Parsed on the way in: a fact the judge could not read later would be a silent hole.
      const parsed = factSchemas[name].parse(value);
      facts.set(name, parsed);
      journal.append({ kind: "fact", step, name, value: parsed });
    },
    getFact<N extends FactName>(name: N): FactValue<N> | null {
      return facts.has(name) ? (facts.get(name) as FactValue<N>) : null;
    },
    check(step, group, id, judgement, detail) {
      journal.append({ kind: "check", step, group, id, judgement, detail });
    },
    finding(step, { id, what, hint }) {
      const known = findingCatalogue[id];
      journal.append({ kind: "finding", step, id, severity: known.severity, what, hint: hint ?? known.hint });
      onEvent({ kind: "finding", step, severity: known.severity, what: `${id}: ${what}` });
    },
    progress(step, source, message, wallMs) {
      journal.append({ kind: "progress", step, source, message, wallMs });
      onEvent({ kind: "progress", step, message: `${source}: ${message}`, atMs: journal.offsetMs() });
    },
    evidence(step, name, text) {
      const path = `${evidenceFolder}/${name}`;
      // Between the two names: a process killed here leaves a file that the journal knows, and no other.
      const staged = stageWhole(join(directory, path), text);
      const entry = { path, sha256: sha256(text), bytes: Buffer.byteLength(text) };
      files.set(path, entry);
      journal.append({ kind: "evidence", step, ...entry });
      staged.commit();
      copier?.file(path, text);
    },
    evidenceNames: () => new Set([...files.keys()].map((path) => path.slice(evidenceFolder.length + 1))),
    writeConfig(stack, text) {
      const path = join(directory, `Pulumi.${stack}.yaml`);
      writeWhole(path, text);
      return path;
    },
    rollback(step, ok, reason) {
      journal.append({ kind: "rollback", step, ok, reason });
      onEvent({ kind: "rollback", step, ok, reason });
    },
    interrupted(reason) {
      journal.append({ kind: "interrupted", reason });
      onEvent({ kind: "interrupted", reason });
    },
    resumed(record) {
      journal.append({ kind: "resumed", ...record });
    },
    suspended(reason) {
      journal.append({ kind: "interrupted", reason });
      onEvent({ kind: "interrupted", reason });
      journal.close();
    },
    async copied(signal) {
      await copier?.settle(copyWaitMs, signal);
    },
    close(status) {
      const manifest = renderManifest(args.run, [...files.values()]);
      writeWhole(join(directory, manifestFile), manifest.text);
      journal.append({ kind: "close", status, manifestSha256: manifest.sha256 });
      copier?.file(manifestFile, manifest.text);
      journal.close();
    },
  };
}

/** A store that is slow must not be what a recovery waits for. */
const copyWaitMs = 1000;
