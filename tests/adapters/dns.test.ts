// Names asked over real UDP of a stub on the loopback. PowerDNS's weighted answers are seen in tests/lab.
import { afterEach, describe, expect, it } from "vitest";
import { createDnsPort } from "../../drill/adapters/dns.ts";
import { createNameResolver } from "../../drill/adapters/name-resolver.ts";
import { type StubAnswer, type StubDns, startStubDns } from "./stub-dns.ts";

const open: StubDns[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((stub) => stub.close()));
});

async function stub(answer: (name: string) => StubAnswer | null): Promise<StubDns> {
  const started = await startStubDns(answer);
  open.push(started);
  return started;
}

const never = new AbortController().signal;

describe("DnsPort", () => {
  const ask = async (answer: StubAnswer | null) => {
    const { address } = await stub(() => answer);
    const port = createDnsPort({ authoritatives: [], resolvers: [], names: [] });
    return port.query({ name: "stub", address }, "erp.holdfast.test", never);
  };

  it("gives addresses and the smallest TTL", async () => {
    expect(await ask({ addresses: ["198.18.0.11", "198.18.0.12"], ttl: 5 })).toEqual({
      ok: true,
      rcode: "NOERROR",
      addresses: ["198.18.0.11", "198.18.0.12"],
      ttlSeconds: 5,
    });
  });

  it.each([
    ["NXDOMAIN", { rcode: 3 }],
    ["SERVFAIL", { rcode: 2 }],
    ["REFUSED", { rcode: 5 }],
    ["NOERROR", { rcode: 0 }],
  ])("gives %s as an answer without addresses", async (rcode, answer) => {
    expect(await ask(answer)).toEqual({ ok: false, rcode, addresses: [], ttlSeconds: null });
  });

  it("gives TIMEOUT within its two seconds when nobody answers", async () => {
    const began = performance.now();
    expect(await ask(null)).toMatchObject({ ok: false, rcode: "TIMEOUT" });
    expect(performance.now() - began).toBeLessThan(6000);
  });

  it("rejects with the reason when it is aborted", async () => {
    const { address } = await stub(() => null);
    const stop = new AbortController();
    const answer = createDnsPort({ authoritatives: [], resolvers: [], names: [] }).query(
      { name: "stub", address },
      "x.test",
      stop.signal,
    );
    stop.abort(new Error("the run was stopped"));
    await expect(answer).rejects.toThrow("the run was stopped");
  });
});

describe("NameResolver", () => {
  it("asks anew each time", async () => {
    const addresses = ["198.18.0.11", "198.18.0.12"];
    const server = await stub(() => ({ addresses: [addresses.shift() ?? ""], ttl: 3600 }));
    const resolver = createNameResolver([server.address]);
    expect(await resolver.resolve("erp.holdfast.test", never)).toEqual(["198.18.0.11"]);
    expect(await resolver.resolve("erp.holdfast.test", never)).toEqual(["198.18.0.12"]);
    expect(server.questions()).toBe(2);
  });

  it("rejects when there is no such name", async () => {
    const server = await stub(() => ({ rcode: 3 }));
    await expect(createNameResolver([server.address]).resolve("erp.holdfast.test", never)).rejects.toThrow(
      "ENOTFOUND",
    );
  });
});
