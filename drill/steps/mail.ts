import type { Judgement } from "../../contract/verdict.ts";
import { attempt } from "../attempt.ts";
import { StepFailed } from "../outcome.ts";
import type { SinkPort, SunkMessage } from "../ports/applications.ts";
import { PortError } from "../ports/port-error.ts";
import { runMail, runMark } from "../run-mail.ts";
import { proof, type Step, type StepContext } from "../step.ts";
import { done, notYet } from "../until.ts";
import { publicNames } from "./gate.ts";

/**
 * Production is shown to reach the sink, and a mail is left in its queue, before the loss: only then does the
 * copy's silence say something. The mail waits for a date far off, so that production's queue never sends it.
 */
export function mailStep(): Step {
  return {
    id: "mail",
    title: "Mail: one of primary's arrives in the sink, another waits in its queue",
    timeout: "document",
    expectedMs: 3_000,
    evidence: [],
    precondition: async ({ ports }) =>
      ports.sink === null ? { applies: false, reason: "there is no sink for mail" } : { applies: true },
    async run(context) {
      const { ports, run, signal } = context;
      const sink = sinkOf(context);
      const mail = runMail(await attempt("sign in", ports.odoo.login(signal)), run.id, signal);
      // Of the time before an interruption.
      if (context.again) await mail.remove();
      const server = await mail.createServer(sink.smtp);
      const sent = await mail.createMail("sent by primary", server, false);
      const before = new Set((await sink.messages(runMark(run.id), signal)).map(({ id }) => id));
      await mail.send(sent, true);
      await context.until(
        "primary's mail in the sink",
        async () => {
          const heard = await sink.messages(runMark(run.id), signal);
          return heard.some(({ id }) => !before.has(id)) ? done(true) : notYet("it is not there yet");
        },
        { timeout: "document" },
      );
      const queued = await mail.createMail("held in primary's queue", server, true);
      const heard = await sink.messages(runMark(run.id), signal);
      context.set("mail", { server, queued, heard: heard.map(({ id }) => id) });
    },
    async verify(context) {
      const { ports, run, signal } = context;
      const { queued, heard } = context.need("mail");
      const mail = runMail(await attempt("sign in", ports.odoo.login(signal)), run.id, signal);
      const state = await mail.stateOf(queued);
      return [
        proof("primary's mail is in the sink", heard.length > 0, heard.join(", ")),
        proof("another waits in its queue", state === "outgoing", `state ${state}`),
      ];
    },
    rollback: removeRunMail,
  };
}

/** By the public name: at primary where it goes on, else at the site that has its rows now. */
async function removeRunMail(context: StepContext): Promise<void> {
  const { ports, run, signal } = context;
  try {
    await runMail(await attempt("sign in", ports.odoo.login(signal)), run.id, signal).remove();
  } catch (error) {
    // Where the site is lost and nobody took over, so are these rows.
    const nobodyServes = context.peek("loss") !== null && context.peek("t0") === null;
    if (!(error instanceof PortError && nobodyServes)) throw error;
    context.progress("mail", `nobody serves, the run's mail was not removed: ${error.message}`);
  }
}

/**
 * The copy is told to send, by the queued mail that came back with it and by one that is made in it, both through
 * the server that worked before the loss. Waiting for its own jobs would prove little: they may not be due.
 */
export function outsideStep(): Step {
  return {
    id: "outside",
    title: "Outside: the copy is told to send mail, and the sink hears nothing",
    timeout: "keyFunctions",
    expectedMs: 2_000,
    // After a failure above all: what half came up may be what mails.
    always: true,
    evidence: ["outside.json"],
    precondition: async ({ peek }) =>
      peek("mail") === null || peek("loss") === null
        ? { applies: false, reason: "no mail was sent before the loss" }
        : { applies: true },
    async run(context) {
      const copy = await tellCopyToSend(context);
      const sink = await readSink(context);
      const { judgement, detail } = judgeOutside(context.need("mail").heard, copy, sink);
      context.check("integrity", "nothing-sent-outside", judgement, detail);
      if (judgement === "missed") context.finding({ id: "SENT_OUTSIDE", what: detail });
      context.evidence("outside.json", `${JSON.stringify({ copy, sink, judgement, detail }, null, 2)}\n`);
    },
    // What it found is the judge's: a copy that mails must not keep the run from what is left to do.
    verify: async (context) => [
      proof("what the sink heard is in the evidence", true, context.need("sink").smtp),
    ],
  };
}

/** What each mail's state was after the copy had been told to send it, or why it could not be told. */
type Told =
  | {
      readonly told: true;
      readonly states: readonly { readonly mail: string; readonly state: string | null }[];
    }
  | { readonly told: false; readonly why: string };
type Heard =
  | { readonly read: true; readonly messages: readonly SunkMessage[] }
  | { readonly read: false; readonly why: string };

async function tellCopyToSend(context: StepContext): Promise<Told> {
  const { ports, run, signal } = context;
  const { queued, server } = context.need("mail");
  try {
    const session = await attempt("sign in at the copy", ports.odoo.login(signal));
    const { address } = publicNames(context, "dr");
    // Told to production, it would be production that sends.
    if (session.address !== address)
      return { told: false, why: `${session.address} answered, not ${address}` };
    const mail = runMail(session, run.id, signal);
    if ((await mail.stateOf(queued)) === null)
      return { told: false, why: "the mail of production's queue is not in the copy" };
    await mail.send(queued, false);
    const fresh = await mail.createMail("made in the copy", server, false);
    await mail.send(fresh, false);
    return {
      told: true,
      states: [
        { mail: "queued", state: await mail.stateOf(queued) },
        { mail: "made there", state: await mail.stateOf(fresh) },
      ],
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PortError || error instanceof StepFailed) return { told: false, why: error.message };
    throw error;
  }
}

async function readSink(context: StepContext): Promise<Heard> {
  try {
    const messages = await sinkOf(context).messages(runMark(context.run.id), context.signal);
    return { read: true, messages };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return { read: false, why: error.message };
  }
}

interface Outside {
  readonly judgement: Judgement;
  readonly detail: string;
}

/** @param before ids of what the sink had heard of this run by the loss */
function judgeOutside(before: readonly string[], copy: Told, sink: Heard): Outside {
  const missed = (detail: string): Outside => ({ judgement: "missed", detail });
  const notJudged = (detail: string): Outside => ({ judgement: "notJudged", detail });
  const strays = sink.read ? sink.messages.filter(({ id }) => !before.includes(id)) : [];
  if (strays.length > 0) {
    const said = strays.map(({ id, from, subject }) => `${id} from ${from}: ${subject}`).join("; ");
    return missed(`the sink heard of ${strays.length} more since the loss: ${said}`);
  }
  const states = copy.told ? copy.states.map(({ mail, state }) => `${mail}: ${state}`).join(", ") : "";
  // Some server took it, and it was not the sink: whoever it was is further outside.
  if (copy.told && copy.states.some(({ state }) => state === "sent"))
    return missed(`the copy's mail was taken by another server than the sink; ${states}`);
  if (!sink.read) return notJudged(`the sink could not be read: ${sink.why}`);
  // It keeps them in memory: one that was started anew would say nothing of anybody.
  const known = new Set(sink.messages.map(({ id }) => id));
  const forgotten = before.filter((id) => !known.has(id));
  if (forgotten.length > 0)
    return notJudged(`the sink has forgotten what primary sent: ${forgotten.join(", ")}`);
  if (!copy.told) return notJudged(`the copy could not be told to send: ${copy.why}`);
  if (copy.states.some(({ state }) => state !== "exception"))
    return notJudged(`the copy did not try to send; ${states}`);
  return {
    judgement: "met",
    detail: `${before.length} from primary before the loss, none since; told to send, the copy's mails are ${states}`,
  };
}

function sinkOf({ ports }: StepContext): SinkPort {
  if (ports.sink === null) throw new PortError("sink", "this run has none");
  return ports.sink;
}
