// A name server's trouble while weights move (fault 63): the provider's own record against the lab's two real servers, on
// a name that nobody uses. The drill that meets a refused key is in plants.test.ts, a server that stays behind on fake
// ports in tests/drill. Does not prove it for servers of another make.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect } from "vitest";
import { thirdAddresses, zone } from "../../lab/net/addresses.ts";
import { firstProcess, insidePlace } from "../../lab/place/place.ts";
import type { Clients } from "../../provider/clients/index.ts";
import { askNameServer } from "../../provider/clients/name-server.ts";
import { PowerDns } from "../../provider/clients/powerdns.ts";
import { weightedRecord } from "../../provider/resources/weighted-record.ts";
import { describeError } from "../../provider/server/errors.ts";
import type { CallContext } from "../../provider/server/handler.ts";
import { layout } from "../lab/support/places.ts";
import { recorded } from "./support/fault.ts";

const file = import.meta.filename;
const name = `fault-63.${zone}`;
const { ns1, ns2 } = thirdAddresses;
const [old, fresh] = ["198.18.0.11", "198.18.0.12"];

function recordTo(address: string) {
  return {
    zone,
    name,
    type: "A" as const,
    ttl: 5,
    targets: [{ address, weight: 100 }],
    nameservers: [ns1, ns2],
    verifyTimeoutSeconds: 8,
  };
}

function contextWith(apiKey: string): CallContext<Clients> {
  return {
    clients: {
      dns: new PowerDns({ endpoint: `http://${ns1}:8081`, apiKey }),
      nameServer: askNameServer,
      now: () => new Date(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    },
    urn: "fault-63",
    signal: AbortSignal.timeout(120_000),
    log: () => undefined,
  };
}

const served = async (): Promise<readonly (readonly string[])[]> =>
  Promise.all([ns1, ns2].map((server) => askNameServer(server).addresses(`${name}.`)));

recorded(63, file, async ({ see }) => {
  const apiKey = (await readFile(join(layout.secrets, "powerdns-api-key"), "utf8")).trim();
  const context = contextWith(apiKey);
  const update = async (given: CallContext<Clients> = context) => {
    const began = performance.now();
    const error = await weightedRecord.update(id, recordTo(fresh), known, given).then(
      () => null,
      (cause: unknown) => cause,
    );
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    return { words: error === null ? null : wordsOf(error), seconds };
  };
  const { id, outputs } = await weightedRecord.create(recordTo(old), context);
  const known = { inputs: recordTo(old), outputs };
  try {
    expect(await served()).toEqual([[old], [old]]);

    const refused = await update(contextWith("a-key-that-was-rotated-away"));
    expect(refused.words).toMatch(/401|Unauthorized/i);
    expect(await served()).toEqual([[old], [old]]);
    see(`another key: ${refused.words} (${refused.seconds} s), both servers as before`);

    const silent = await dropped(`ip daddr ${ns1} tcp dport 8081`, () => update());
    expect(silent.words).toMatch(/198\.18\.0\.53/);
    expect(Number(silent.seconds)).toBeLessThan(60);
    expect(await served()).toEqual([[old], [old]]);
    see(`no answer from the API: ${silent.words} (${silent.seconds} s), both servers as before`);

    const half = await dropped(`ip saddr ${ns2} ip daddr ${ns1} tcp dport 53`, () => update());
    expect(half.words).toMatch(/name server 198\.18\.0\.54 does not serve the change/);
    expect(await served()).toEqual([[fresh], [old]]);
    see(`the API took it, ns2 cannot fetch it: ${half.words} (${half.seconds} s): no success is told`);

    const again = await update();
    expect(again.words).toBeNull();
    expect(await served()).toEqual([[fresh], [fresh]]);
    see(`the same update again, with the way open: both servers within ${again.seconds} s`);
  } finally {
    await weightedRecord.delete(id, known, context);
  }
});

const wordsOf = (error: unknown): string => describeError(error).replaceAll(/\s+/g, " ").slice(0, 260);

/** Dropped in the third place while the work is done, not refused. */
async function dropped<T>(match: string, work: () => Promise<T>): Promise<T> {
  const table = "inet holdfast_fault";
  const chain = (hook: string) =>
    `chain ${hook} { type filter hook ${hook} priority -300; ${match} drop; }\n`;
  await nft(`table ${table} {\n${chain("output")}${chain("input")}}`);
  try {
    return await work();
  } finally {
    await nft(`delete table ${table}`);
  }
}

async function nft(rules: string): Promise<void> {
  const first = await firstProcess(layout.place("third"));
  if (first === undefined) throw new Error("the third place does not run");
  const [nsenter = "", ...inside] = insidePlace(first);
  await execa(nsenter, [...inside, "nft", "-f", "-"], { input: `${rules}\n` });
}
