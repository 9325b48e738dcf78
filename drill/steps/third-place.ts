import { UserError } from "../../errors/user-error.ts";
import { proof, type Step } from "../step.ts";

/** Only the third place: another run may be losing a site right now, and the lease to tell lies here. */
export function thirdPlaceStep(): Step {
  return {
    id: "third-place",
    title: "Third place is up",
    timeout: "thirdPlaceUp",
    expectedMs: 2_000,
    evidence: [],
    async run({ ports, signal, set }) {
      // Before anything can go wrong: from here on the judge asks what the sink heard.
      if (ports.sink !== null) set("sink", { smtp: `${ports.sink.smtp.host}:${ports.sink.smtp.port}` });
      await ports.lab.ensureThirdPlace(signal);
    },
    async verify({ ports, signal }) {
      const { third } = await ports.lab.status();
      const { roundTripMs } = await ports.s3.clock(signal);
      return [
        proof(
          "third place up",
          third.state === "up" && third.unhealthy.length === 0,
          third.unhealthy.join(", "),
        ),
        proof("offsite store answers", true, `${Math.round(roundTripMs)} ms`),
      ];
    },
  };
}

export function leaseStep(): Step {
  return {
    id: "lease",
    title: "This is the only run",
    timeout: "lease",
    expectedMs: 500,
    evidence: [],
    async run({ ports, signal }) {
      const taken = await ports.lease.acquire(signal);
      if (taken.acquired) return;
      const { run, operator, host, pid } = taken.holder;
      throw new UserError("LEASE_HELD", {
        what: "another run is under way",
        got: `run ${run} of ${operator} on ${host}, process ${pid}`,
        allowed: "one run at a time",
      });
    },
    async verify({ ports, signal }) {
      const { renewed } = await ports.lease.renew(signal);
      return [proof("lease is ours", renewed, renewed ? "" : "it was taken away at once")];
    },
    async rollback({ ports, signal }) {
      await ports.lease.release(signal);
    },
  };
}
