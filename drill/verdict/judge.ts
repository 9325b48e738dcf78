import type { LedgerEntry } from "../../contract/ledger.ts";
import type { Judgement, Verdict } from "../../contract/verdict.ts";
import { type FindingId, findingCatalogue } from "../findings.ts";
import { countDocuments, type DocumentsLost } from "./documents.ts";
import { floorOf, forecastOf } from "./expected.ts";
import { throughCanary, usersOf } from "./ledger.ts";
import { countLost, type LostCount } from "./lost.ts";
import { firstServed, type Measure, measureRpo, measureRto, notJudged, seconds } from "./measure.ts";
import { entriesOf, type RunRecord, wallMs } from "./record.ts";
import { requiredChecks } from "./required.ts";
import { whereTimeWent } from "./where-time-went.ts";

type Item = Verdict["integrity"][number];

/**
 * What a run proved, from its directory and nothing else. Whatever is missing is
 * not judged, whatever was changed afterwards is missed: only a run whose journal,
 * ledger and evidence hold, and which proved all it had to, is met.
 */
export function judgeRun(record: RunRecord): Verdict {
  const { open, close, facts } = record;
  const measured = measure(record);
  const integrity = [...recordChecks(record, measured.lost), ...checks(record, "integrity")];
  const keyFunctions = checks(record, "keyFunctions");
  const findings = findingsOf(record, measured);
  const budgets = judgeBudgets(record, measured);
  const status = close?.status ?? "interrupted";
  const judgement = worst([
    measured.rto.judgement,
    measured.rpo.judgement,
    measured.documents?.objectRpo.judgement ?? "notJudged",
    ...[...integrity, ...keyFunctions, ...budgets].map((item) => item.judgement),
    ...findings.map((finding) => (finding.severity === "error" ? "missed" : "met")),
    status === "completed" ? "met" : "notJudged",
  ]);
  return {
    schemaVersion: 1,
    id: open.run,
    mode: open.mode,
    scenario: open.scenario,
    status,
    judgement,
    deviated: judgement !== "met",
    operator: open.operator,
    approvedBy: open.approvedBy,
    startedAt: iso(open.anchorMs),
    endedAt: close === null ? null : iso(wallMs(record, close.atMs)),
    lossAt: {
      time: measured.lossAtMs === null ? null : iso(measured.lossAtMs),
      source: facts.get("loss")?.source ?? "no loss was recorded",
    },
    epoch: { before: facts.get("epochBefore") ?? 0, after: facts.get("epochAfter") },
    rtoSeconds: measured.rto.seconds,
    rtoTargetSeconds: open.targets.rtoSeconds,
    rpoSeconds: measured.rpo.seconds,
    rpoTargetSeconds: open.targets.rpoSeconds,
    rto: judgedOf(measured.rto),
    rpo: judgedOf(measured.rpo),
    lostTransactions: measured.lost?.lost ?? null,
    lostByWriter: { ...measured.lost?.lostByWriter },
    objectRpoSeconds: measured.documents?.objectRpo.seconds ?? null,
    objectRpo: judgedOf(measured.documents?.objectRpo ?? notJudged("documents were not compared")),
    lostDocuments: measured.documents?.lost ?? null,
    backupSet: facts.get("backupSet"),
    recoveredLsn: facts.get("recovery")?.recoveredLsn ?? null,
    timeline: facts.get("recovery")?.timeline ?? null,
    steps: stepsOf(record),
    ...whereTimeWent(record, measured.servedAtMs),
    ...floorOf(record, measured.rto.seconds),
    moved: facts.get("moved"),
    forecast: forecastOf(record, measured.rto.seconds),
    budgets,
    integrity: [...integrity],
    keyFunctions: [...keyFunctions],
    traffic: trafficOf(record, measured),
    findings,
    versions: { ...open.versions, ...facts.get("versions") },
    standIns: open.standIns,
    simulated: open.simulated,
    evidence: evidenceOf(record),
  };
}

interface Measured {
  readonly lossAtMs: number | null;
  readonly servedAtMs: number | null;
  readonly lost: LostCount | null;
  readonly documents: DocumentsLost | null;
  readonly rto: Measure;
  readonly rpo: Measure;
}

function measure(record: RunRecord): Measured {
  const { facts, open, present, problems } = record;
  const lossAtMs = facts.get("loss")?.atMs ?? null;
  const nothing = (reason: string): Measured => ({
    lossAtMs,
    servedAtMs: null,
    lost: null,
    documents: null,
    rto: notJudged(reason),
    rpo: notJudged(reason),
  });
  // A record that was changed proves nothing, whatever its numbers say.
  const changed = [...problems.journal, ...problems.ledger, ...problems.evidence];
  if (changed.length > 0) return nothing(`the record does not hold: ${changed[0]}`);
  if (lossAtMs === null) return nothing("no loss was recorded");
  if (record.ledger === null) return nothing("the prober's ledger is missing");
  const rehearsed = facts.get("t0") !== null;
  const entries = seenEntries(record);
  const epochBefore = facts.get("epochBefore");
  if (epochBefore === null) return nothing("the epoch before the loss is not known");
  const epochAfter = facts.get("epochAfter");
  // The primary goes on after a rehearsal's T0: only what it had acknowledged by then could be lost.
  const lost =
    present === null
      ? null
      : countLost(entries, present, epochBefore, rehearsed ? lossAtMs : Number.POSITIVE_INFINITY);
  return {
    lossAtMs,
    servedAtMs: epochAfter === null ? null : (firstServed(entries, lossAtMs, epochAfter)?.atMs ?? null),
    lost,
    documents: countDocuments({
      entries,
      found: record.documents,
      lossAtMs,
      targetSeconds: open.targets.rpoSeconds,
    }),
    rto: measureRto({ entries, lossAtMs, epochAfter, targetSeconds: open.targets.rtoSeconds }),
    rpo:
      lost === null
        ? notJudged("what is present after the recovery was not read")
        : measureRpo({ entries, lost, lossAtMs, epochBefore, targetSeconds: open.targets.rpoSeconds }),
  };
}

/** The ledger with the users that this run's clock goes by. */
function seenEntries({ ledger, facts }: RunRecord): readonly LedgerEntry[] {
  const entries = ledger?.entries ?? [];
  return facts.get("t0") === null ? entries : throughCanary(entries);
}

/** The proofs that the judge makes itself. */
function recordChecks(record: RunRecord, lost: LostCount | null): readonly Item[] {
  const { problems } = record;
  const intact = (id: string, list: readonly string[], whole: string): Item => ({
    id,
    judgement: list.length === 0 ? "met" : "missed",
    detail: list.length === 0 ? whole : shorten(list),
  });
  return [
    intact("journal", problems.journal, `${record.entries.length} entries, chain holds`),
    record.ledger === null
      ? { id: "ledger", judgement: "notJudged", detail: "it was never collected" }
      : intact("ledger", problems.ledger, `${record.ledger.entries.length} entries, chain holds`),
    intact("evidence", problems.evidence, "every file is as it was written"),
    noHoles(lost),
    bothWriters(lost),
  ];
}

function noHoles(lost: LostCount | null): Item {
  const id = "no-holes";
  if (lost === null) return { id, judgement: "notJudged", detail: "what is present was not compared" };
  const first = lost.holes[0];
  if (first === undefined)
    return {
      id,
      judgement: "met",
      detail: `${lost.acknowledged} acknowledged rows, ${lost.lost} lost, all at the end`,
    };
  return {
    id,
    judgement: "missed",
    detail: `${lost.holes.length} acknowledged rows are missing below present ones, the first ${first.writer} ${first.number}`,
  };
}

/** Without rows of the write load the number of lost transactions would flatter. */
function bothWriters(lost: LostCount | null): Item {
  const id = "both-writers-counted";
  const missing = ["heartbeat", "load"].filter((writer) => (lost?.acknowledgedByWriter[writer] ?? 0) === 0);
  return missing.length === 0
    ? { id, judgement: "met", detail: "heartbeat and load" }
    : { id, judgement: "notJudged", detail: `no acknowledged rows of ${missing.join(" and ")}` };
}

function checks(record: RunRecord, group: "integrity" | "keyFunctions"): readonly Item[] {
  const newest = new Map<string, Item>();
  for (const entry of entriesOf(record, "check"))
    if (entry.group === group)
      newest.set(entry.id, { id: entry.id, judgement: entry.judgement, detail: entry.detail });
  const { open, facts } = record;
  const required = requiredChecks(open.scenario, facts.get("drContract"), facts.get("sink") !== null);
  for (const id of required[group])
    if (!newest.has(id))
      newest.set(id, { id, judgement: "notJudged", detail: "the run did not get that far" });
  return [...newest.values()];
}

function judgeBudgets(record: RunRecord, measured: Measured): Verdict["budgets"] {
  const values: Readonly<Record<string, number | null>> = {
    rto: measured.rto.seconds,
    rpo: measured.rpo.seconds,
    objectRpo: measured.documents?.objectRpo.seconds ?? null,
  };
  return record.open.budgets.map(({ id, limit, unit }) => {
    const value = values[id] ?? null;
    return {
      id,
      limit,
      value,
      unit,
      judgement: value === null ? "notJudged" : value <= limit ? "met" : "missed",
    };
  });
}

function stepsOf(record: RunRecord): Verdict["steps"] {
  const ended = new Map(entriesOf(record, "stepEnded").map((entry) => [entry.step, entry]));
  const started = new Map(entriesOf(record, "stepStarted").map((entry) => [entry.step, entry.atMs]));
  const last = record.entries.at(-1)?.atMs ?? 0;
  return record.open.steps.map(({ id, title }) => {
    const end = ended.get(id);
    if (end !== undefined)
      return {
        id,
        title,
        outcome: end.outcome,
        ...(end.reason === null ? {} : { reason: end.reason }),
        startMs: end.startMs,
        endMs: end.endMs,
      };
    const begun = started.get(id);
    return begun === undefined
      ? { id, title, outcome: "skipped", reason: "the run ended before it", startMs: last, endMs: last }
      : { id, title, outcome: "cancelled", reason: "the run ended during it", startMs: begun, endMs: last };
  });
}

function findingsOf(record: RunRecord, measured: Measured): Verdict["findings"] {
  const own: Verdict["findings"] = [];
  const add = (id: FindingId, what: string): void => {
    const { severity, hint } = findingCatalogue[id];
    own.push({ id, severity, what, hint });
  };
  const changed = [...record.problems.journal, ...record.problems.ledger, ...record.problems.evidence];
  if (changed.length > 0) add("RUN_TAMPERED", shorten(changed));
  if (record.close === null) add("RUN_INCOMPLETE", "the journal was never closed");
  if (measured.lost !== null && measured.lost.holes.length > 0)
    add("CORRUPTION", noHoles(measured.lost).detail);
  if (measured.lost !== null && measured.lost.foreign > 0)
    add("ROWS_UNKNOWN_TO_LEDGER", `${measured.lost.foreign} rows are present that the ledger does not know`);
  const { failed } = usersAfter(record, measured);
  if (failed > 0)
    add("USERS_FAILED_AFTER_RECOVERY", `${failed} user transactions failed after the first success`);
  const recorded = entriesOf(record, "finding").map(({ id, severity, what, hint }) => ({
    id,
    severity,
    what,
    ...(hint === null ? {} : { hint }),
  }));
  return [...recorded, ...own];
}

function usersAfter(record: RunRecord, measured: Measured): { readonly ok: number; readonly failed: number } {
  const { servedAtMs } = measured;
  if (servedAtMs === null || record.ledger === null) return { ok: 0, failed: 0 };
  const after = usersOf(seenEntries(record)).filter((user) => user.sentAtMs >= servedAtMs);
  return { ok: after.filter((user) => user.ok).length, failed: after.filter((user) => !user.ok).length };
}

function trafficOf(record: RunRecord, measured: Measured): Verdict["traffic"] {
  const traffic = record.facts.get("traffic");
  return {
    switchedAt: traffic === null ? null : iso(traffic.atMs),
    secondsToMostAnswers:
      traffic?.mostAtMs == null || measured.lossAtMs === null
        ? null
        : seconds(traffic.mostAtMs - measured.lossAtMs),
    ramp: record.facts.get("ramp") ?? [],
    firstServedAt: measured.servedAtMs === null ? null : iso(measured.servedAtMs),
    servers: traffic?.servers ?? [],
    usersAfterFirstSuccess: usersAfter(record, measured),
  };
}

/** As the run wrote it: the newest digest of each path. */
function evidenceOf(record: RunRecord): Verdict["evidence"] {
  const newest = new Map(entriesOf(record, "evidence").map(({ path, sha256 }) => [path, { path, sha256 }]));
  return [...newest.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function judgedOf({ judgement, reason }: Measure): Verdict["rto"] {
  return reason === undefined ? { judgement } : { judgement, reason };
}

function worst(judgements: readonly Judgement[]): Judgement {
  if (judgements.includes("missed")) return "missed";
  return judgements.includes("notJudged") ? "notJudged" : "met";
}

function shorten(list: readonly string[]): string {
  const shown = list.slice(0, 3).join("; ");
  return list.length > 3 ? `${shown}; and ${list.length - 3} more` : shown;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
