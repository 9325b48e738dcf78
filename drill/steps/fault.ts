import { isFresh, knockMeanwhile, knockOnEveryWay } from "../knocks.ts";
import { failuresSince, lastAck } from "../ledger-tail.ts";
import { lossMark, lossSoFar } from "../loss.ts";
import type { SiteLossOptions } from "../scenario/options.ts";
import { proof, type Step } from "../step.ts";
import { done, notYet } from "../until.ts";
import { tailLines } from "./baseline.ts";

/** The loss of the primary data centre, without warning. From here on the clock that counts is running. */
export function faultStep(): Step {
  return {
    id: "fault",
    title: "Loss: primary's data centre is gone (SIGKILL to all of it at once)",
    timeout: "fault",
    expectedMs: 300,
    evidence: [],
    async run(context) {
      const { ports, signal, set } = context;
      const source = "prober's mark just before the kill";
      const before = context.again ? await lossSoFar(context) : null;
      if (before !== null)
        return set("loss", { atMs: before, source, sentAtMs: before, goneAtMs: ports.clock.now() });
      // Marked first: a moment too early makes RTO and RPO look worse, never better.
      const { atMs } = await ports.prober.mark(lossMark, "primary is about to be killed", signal);
      const { sentAtMs, goneAtMs } = await ports.lab.killSite("primary");
      set("loss", { atMs, source, sentAtMs, goneAtMs });
    },
    async verify({ ports, signal, set }) {
      const { sites } = await ports.lab.status();
      const knocks = await knockOnEveryWay(ports, "primary", signal);
      set("knocks", knocks);
      const { database } = knocks;
      return [
        proof("primary is down", sites.primary.state === "down", sites.primary.state),
        proof("its database is gone", !database.open, database.detail),
      ];
    },
  };
}

/** As a monitor outside both sites sees it. */
export function detectStep(options: SiteLossOptions): Step {
  return {
    id: "detect",
    title: `Detect: the prober sees ${options.failuresToDetect} failures in a row`,
    timeout: "detect",
    expectedMs: 4_000,
    evidence: [],
    async run(context) {
      const { ports, signal } = context;
      const { atMs: lossAtMs } = context.need("loss");
      const ended = new AbortController();
      const knocking = knockMeanwhile(ports, "primary", AbortSignal.any([signal, ended.signal]));
      const failures = await context.until(
        "the prober to see the loss",
        async () => {
          knocking.look();
          const count = failuresSince(await ports.prober.tail(tailLines), lossAtMs);
          return count >= options.failuresToDetect ? done(count) : notYet(`${count} failures in a row`);
        },
        { timeout: "detect", everyMs: 200 },
      );
      const knocks = knocking.newest();
      ended.abort();
      if (knocks !== null) context.set("knocks", knocks);
      const { atMs } = await ports.prober.mark("detected", `${failures} failures in a row`, signal);
      context.set("detected", { atMs, failures });
    },
    async verify(context) {
      const { failures } = context.need("detected");
      const { prober } = context.ports;
      // In a run that was interrupted the loss may be longer ago than any tail reaches.
      const last =
        lastAck(await prober.tail(tailLines * 4), "heartbeat") ??
        lastAck(await prober.tail(Number.MAX_SAFE_INTEGER), "heartbeat");
      if (last !== null) {
        const { number, lsn, timeline, atMs } = last;
        context.set("lastAck", { number, lsn, timeline, atMs });
      }
      return [
        proof("the loss was seen", failures >= options.failuresToDetect, `${failures} failures in a row`),
        proof(
          "the last acknowledged heartbeat is known",
          last !== null,
          last === null ? "none in the ledger's tail" : `${last.number} at ${last.lsn}`,
        ),
      ];
    },
  };
}

/** A person's decision; in a drill it was given when the drill was started. No automatic promotion: two sites cannot vote. */
export function declareStep(): Step {
  return {
    id: "declare",
    title: "Declare the loss",
    timeout: "declare",
    expectedMs: 100,
    evidence: [],
    async run({ ports, run, signal, set }) {
      const { atMs } = await ports.prober.mark("declared", `by ${run.operator}`, signal);
      set("declared", { atMs, by: run.operator });
    },
    async verify(context) {
      const { atMs, by } = context.need("declared");
      return [proof("declared after it was detected", atMs >= context.need("detected").atMs, `by ${by}`)];
    },
  };
}

/** Here the fence is the site's death, which must be seen on every way in before anybody else may write. */
export function fenceStep(): Step {
  return {
    id: "fence",
    title: "Fence: primary is proved dead on every way in",
    timeout: "fence",
    expectedMs: 500,
    evidence: ["fence.json"],
    // Dead a moment before the other site may write, not dead once: while the loss was seen, or else now.
    stale: async () => true,
    async run(context) {
      const { ports, signal } = context;
      const seen = context.again ? null : context.peek("knocks");
      const { api, database, gateway, ...at } =
        seen !== null && isFresh(seen, ports.clock.now())
          ? seen
          : await knockOnEveryWay(ports, "primary", signal);
      const dead = !api.open && !database.open && !gateway.open;
      context.check(
        "integrity",
        "old-site-fenced",
        dead ? "met" : "missed",
        `API ${api.detail}; database ${database.detail}; gateway ${gateway.detail}`,
      );
      if (!dead) context.finding({ id: "SITE_NOT_FENCED", what: "primary still answers" });
      context.evidence("fence.json", `${JSON.stringify({ api, database, gateway, ...at }, null, 2)}\n`);
      const { atMs } = await ports.prober.mark(
        "fenced",
        dead ? "primary is dead" : "primary still answers",
        signal,
      );
      context.set("fenced", {
        atMs,
        api: api.open ? "answers" : "dead",
        database: database.open ? "answers" : "dead",
        gateway: gateway.open ? "answers" : "dead",
      });
    },
    async verify(context) {
      const { api, database, gateway } = context.need("fenced");
      return Object.entries({ api, database, gateway }).map(([way, state]) =>
        proof(`primary's ${way} is dead`, state === "dead", state),
      );
    },
  };
}
