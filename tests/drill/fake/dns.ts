import type { DnsAnswer, DnsPort } from "../../../drill/ports/names.ts";
import { addresses } from "./contracts.ts";
import type { WorldState } from "./state.ts";

/** Two authoritative servers and a resolver, which draw by weight while a ramp is on. */
export function createFakeDns(state: WorldState): DnsPort {
  const { faults } = state;
  let questions = 0;

  const answer = (address: string | null): DnsAnswer =>
    address === null
      ? { ok: false, rcode: "NXDOMAIN", addresses: [], ttlSeconds: null }
      : { ok: true, rcode: "NOERROR", addresses: [address], ttlSeconds: faults.ttlSeconds ?? 5 };

  return {
    authoritatives: [
      { name: "ns1", address: "198.18.0.53" },
      { name: "ns2", address: "198.18.0.54" },
    ],
    resolvers: [{ name: "resolver", address: "198.18.0.55" }],
    names: ["erp.holdfast.test", "db.holdfast.test"],
    async query(server, name) {
      if (name === "rehearsal.holdfast.test") return answer(state.canaryUp() ? addresses.dr : null);
      const share = server.name === faults.staleServer ? 0 : state.shares.at(-1)?.share;
      if (share !== undefined) {
        questions += 1;
        return answer((questions * 37) % 100 < share ? addresses.dr : addresses.primary);
      }
      const moved =
        state.trafficSwitched() || (faults.meanwhile === "weights" && state.sinceActivationMs() >= 0);
      return answer(moved ? addresses.dr : addresses.primary);
    },
  };
}
