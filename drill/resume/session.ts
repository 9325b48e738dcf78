import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JournalEntry } from "../../contract/journal.ts";
import { UserError } from "../../errors/user-error.ts";
import { factSchemas } from "../facts.ts";
import { reopenJournal, verifyJournal } from "../journal.ts";
import { Stopped } from "../outcome.ts";
import { PortError } from "../ports/port-error.ts";
import { hashEvidence, journalFile, readTextIfThere, settleStaged } from "../run-directory.ts";
import type { RunResult } from "../runner.ts";
import { conduct, copierOf, keepWhileHeld, type SessionArgs } from "../session.ts";
import { cancelLeftLocks, type OwnLock, refuseOthersLocks } from "../stack-lock.ts";
import { stepsOf } from "../step.ts";
import { createTrace, type Trace } from "../trace.ts";
import { type Past, readPast } from "./past.ts";

type OpenEntry = Extract<JournalEntry, { kind: "open" }>;

/** Whoever drove the run last, as its journal names it. */
export interface FormerRunner {
  readonly host: string;
  readonly pid: number;
  readonly pidStartTime: string;
  /** Wall time of the last thing that it wrote. */
  readonly lastWroteAtMs: number;
}

export interface ResumeArgs extends Omit<SessionArgs, "opening" | "expected"> {
  readonly to: "finish" | "abort";
  /** This process, for the journal. */
  readonly runner: { readonly host: string; readonly pid: number; readonly pidStartTime: string };
  /**
   * Proves the former runner dead and ends what it left running; in words. Refuses with a `UserError` where it
   * lives, or may.
   */
  readonly proveDead: (former: FormerRunner) => Promise<string>;
  /** How many lines of the journal the third place has already. */
  readonly copiedLines: number;
}

/**
 * Goes on with a run whose driver died, in the same directory and the same chain: takes the lease, proves the
 * former driver dead, takes its lock off the stacks, and continues at the first step that is not over; or undoes
 * what it did and closes it as interrupted. The run's clock never stood still.
 */
export async function resumeSession(args: ResumeArgs): Promise<RunResult> {
  const { directory, run, scenario, ports, onEvent } = args;
  const { open, entries, past, text } = readInterrupted(args);
  const giveUp = args.to === "abort";
  const former = formerRunner(open, entries);
  const proof = await args.proveDead(former);
  const kept = keepWhileHeld(args);
  // Begun is enough: it may be ours already, and then nobody else gives it back.
  if (past.began.has("lease")) await takeLease(args, kept.lease.acquire);
  const locks = { stacks: stacksOf(open.scenario), own: ownLocks(entries) };
  try {
    await refuseOvertaken(args, entries);
    await ports.lab.ensureThirdPlace(args.signal);
    await refuseOthersLocks(args, locks.stacks, locks.own);
  } catch (error) {
    // Refused before anything was changed: nobody waits for a lease of a process that ends here.
    await kept.lease.release(args.signal);
    throw error;
  }

  const digests = digestsOf(entries);
  settleStaged(directory, digests);
  const copier = copierOf(args);
  const journal = reopenJournal(directory, ports.clock, copier?.line);
  for (const [seq, line] of text.split("\n").slice(0, entries.length).entries())
    if (seq >= args.copiedLines) copier?.line(seq, line);
  // Files too were on their way when it died: without them the copy alone is no whole run. What is there stays.
  for (const { path, sha256 } of hashEvidence(directory))
    if (digests.get(path) === sha256) copier?.file(path, readFileSync(join(directory, path), "utf8"));
  const steps = open.steps;
  onEvent({ kind: "run", run: run.id, scenario: open.scenario, directory, steps });
  const trace = createTrace({ directory, run: run.id, journal, onEvent, copier, past: entries });
  trace.resumed({
    to: args.to,
    operator: run.operator,
    ...args.runner,
    sinceMs: past.lastAtMs,
    proof,
  });
  const downSeconds = ((journal.offsetMs() - past.lastAtMs) / 1000).toFixed(1);
  trace.finding("resume", {
    id: "RUN_RESUMED",
    what: `${giveUp ? "given up" : "resumed"} by ${run.operator}, ${downSeconds} s after its last line; ${proof}`,
  });
  const stopped = new AbortController();
  if (giveUp) stopped.abort(new Stopped("signal", `given up by ${run.operator}`));
  await clearStacks(args, trace, locks);
  if (!giveUp) await keepWatching(args, past, trace);
  const signal = giveUp ? stopped.signal : args.signal;
  return conduct({ ...args, scenario, signal, trace, kept, copier, past, giveUp });
}

/** The run's own files, which must hold and must not be closed; refused before anything is touched. */
function readInterrupted({ directory, run, scenario, to }: ResumeArgs): {
  readonly open: OpenEntry;
  readonly entries: readonly JournalEntry[];
  readonly past: Past;
  readonly text: string;
} {
  const text = readTextIfThere(join(directory, journalFile)) ?? "";
  const { entries, problems } = verifyJournal(text);
  const open = entries[0];
  if (problems.length > 0 || open?.kind !== "open" || open.run !== run.id)
    throw new UserError("RUN_TAMPERED", {
      what: problems[0] ?? "the journal does not say how the run began",
      got: directory,
    });
  const close = entries.find((entry) => entry.kind === "close");
  if (close?.kind === "close")
    throw notResumable(`the run has ended (${close.status})`, `read its report: holdfast report ${run.id}`);
  const past = readPast(entries);
  const mine = stepsOf(scenario).map(({ id }) => id);
  if (mine.join() !== open.steps.map(({ id }) => id).join())
    throw notResumable(
      "it was begun by another version of holdfast, with other steps",
      "resume it with the version that its journal names (git.commit)",
    );
  const open_ = mine.filter((id) => !past.ended.has(id));
  if (to === "finish" && past.rolledBack.size > 0 && open_.length > 0)
    throw notResumable(
      `it was being undone when it ended (${[...past.rolledBack].join(", ")})`,
      `give it up: holdfast abort ${run.id}`,
    );
  return { open, entries, past, text };
}

export function notResumable(what: string, hint: string): UserError {
  return new UserError("RUN_NOT_RESUMABLE", { what, hint });
}

/** The process that wrote last: of the newest `resumed` entry, else of the opening. */
export function formerRunner(open: OpenEntry, entries: readonly JournalEntry[]): FormerRunner {
  const lastWroteAtMs = open.anchorMs + (entries.at(-1)?.atMs ?? 0);
  const again = entries.findLast((entry) => entry.kind === "resumed");
  if (again?.kind === "resumed")
    return { host: again.host, pid: again.pid, pidStartTime: again.pidStartTime, lastWroteAtMs };
  const { hostname, pid, pidStartTime } = open.host;
  return {
    host: String(hostname ?? ""),
    pid: Number(pid ?? 0),
    pidStartTime: String(pidStartTime ?? ""),
    lastWroteAtMs,
  };
}

async function takeLease(
  { signal }: ResumeArgs,
  acquire: ReturnType<typeof keepWhileHeld>["lease"]["acquire"],
): Promise<void> {
  const taken = await acquire(signal);
  if (taken.acquired) return;
  const { run, operator, host, pid } = taken.holder;
  throw new UserError("LEASE_HELD", {
    what: "another run is under way, or this one's driver is not proved dead yet",
    got: `run ${run} of ${operator} on ${host}, process ${pid}`,
    allowed:
      "the same run once its driver is dead: on this host at once, from another after its lease ran out",
  });
}

/** What other runs did since cannot be gone on with. Giving up is still possible: it goes by what it finds. */
async function refuseOvertaken(
  { ports, run, signal, to }: ResumeArgs,
  entries: readonly JournalEntry[],
): Promise<void> {
  const before = entries.findLast((entry) => entry.kind === "fact" && entry.name === "epochBefore");
  if (to === "abort" || before?.kind !== "fact") return;
  const epoch = Number(before.value);
  const record = await ports.epoch.read(signal);
  if (record === null || record.epoch === epoch) return;
  if (record.epoch === epoch + 1 && record.run === run.id) return;
  throw notResumable(
    `the epoch went from ${epoch} to ${record.epoch} (${record.holder}, run ${record.run ?? "unknown"}): another run came between`,
    `give it up: holdfast abort ${run.id}`,
  );
}

function digestsOf(entries: readonly JournalEntry[]): ReadonlyMap<string, string> {
  return new Map(
    entries.flatMap((entry) => (entry.kind === "evidence" ? [[entry.path, entry.sha256] as const] : [])),
  );
}

interface Locks {
  /** Which the run may have been at. Another stack's lock is another's. */
  readonly stacks: readonly RunStack[];
  readonly own: readonly OwnLock[];
}

const runStacks = ["offsite", "primary", "dr"] as const;
type RunStack = (typeof runStacks)[number] | "rehearsal";

function stacksOf(scenario: string): readonly RunStack[] {
  return scenario === "rehearsal" ? ["rehearsal"] : runStacks;
}

function ownLocks(entries: readonly JournalEntry[]): readonly OwnLock[] {
  const noted = entries.findLast((entry) => entry.kind === "fact" && entry.name === "stackLocks");
  return noted?.kind === "fact" ? factSchemas.stackLocks.parse(noted.value) : [];
}

/** Rule 25: the dead runner's lock is taken away, and what its `up` had begun is looked up, where the site answers. */
async function clearStacks(args: ResumeArgs, trace: Trace, { stacks, own }: Locks): Promise<void> {
  // Side by side: the run's clock goes on, and each stack has a state and a lock of its own.
  await Promise.all(stacks.map((stack) => clearStack(args, trace, stack, own)));
}

async function clearStack(
  { ports, signal }: Pick<ResumeArgs, "ports" | "signal">,
  trace: Trace,
  stack: RunStack,
  own: readonly OwnLock[],
): Promise<void> {
  // A refresh against a dead site hangs, or drops what lives there from the state.
  const site = stack === "rehearsal" ? "dr" : stack;
  const [answers] = await Promise.all([
    site === "offsite" ||
      ports
        .kube(site)
        .reach(signal)
        .then(({ reachable }) => reachable),
    cancelLeftLocks({ ports, signal }, stack, own),
  ]);
  if (!answers) return;
  const configFile = trace.writeConfig(stack, await ports.pulumi.committedConfig(stack));
  const pending = await ports.pulumi.clearPending({ stack, configFile, signal });
  if (pending.length > 0)
    trace.progress("resume", "pulumi", `${stack}: pending ${pending.join(", ")} cleared`, null);
}

/** The prober outlives its driver. Where it did not, what was acknowledged meanwhile is not known: it goes on from here. */
async function keepWatching(
  { ports, run, signal, scenario }: ResumeArgs,
  past: Past,
  trace: Trace,
): Promise<void> {
  if (past.ended.get("baseline")?.kind !== "passed" || past.began.has("collect")) return;
  if (!stepsOf(scenario).some(({ id }) => id === "baseline") || (await ports.prober.running())) return;
  try {
    await ports.prober.start({ run: run.id, heartbeatsPerSecond: proberAgainPerSecond }, signal);
    trace.progress("resume", "prober", "it had died too and was started again", null);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    trace.progress("resume", "prober", `it could not be started again: ${error.message}`, null);
  }
}

const proberAgainPerSecond = 5;
