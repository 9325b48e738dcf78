import { execa } from "execa";
import { readLabPlaces } from "../../../cli/drill-ports.ts";
import { createObservingPorts } from "../../../drill/adapters/index.ts";
import type { PgPort } from "../../../drill/ports/database.ts";
import { ports as apiPorts, siteNetworks } from "../../../lab/net/addresses.ts";
import { firstProcess, insidePlace } from "../../../lab/place/place.ts";
import { repository, runId } from "../../lab/support/holdfast.ts";
import { knock, layout } from "../../lab/support/places.ts";
import { started, type WatchedRun, watchRun } from "./killed-run.ts";

/** A drill, and what was seen beside it of the site that it took away. */
export interface LostSite {
  readonly run: WatchedRun;
  readonly ended: { readonly exitCode: number; readonly output: string };
  readonly pinned: PinnedClient;
  /** Packets to any of the primary's addresses. */
  readonly packets: {
    /** From dr's node and its pods, since just before the loss; each was dropped. */
    readonly dr: number;
    /** From the operator's machine while the promotion's `up` ran, but for who tries the public ports there. */
    readonly operator: number;
  };
}

let lost: Promise<LostSite> | undefined;

/**
 * One drill for all of the faults that need a lost primary. Once a process; the client goes on until it is told to
 * stop.
 */
export function lostSite(): Promise<LostSite> {
  lost ??= lose();
  return lost;
}

async function lose(): Promise<LostSite> {
  const id = runId("lost");
  const run = watchRun(id, ["drill", "--run-id", id, "--phase", "30", "--floor", "0"]);
  await run.reach("the wait before the loss", started("arm"));
  // Now that the primary is there, on a new lab too: its keys are read here. The wait is long enough for what begins here.
  const { pg } = createObservingPorts(await readLabPlaces(repository));
  const pinned = pinnedClient(pg);
  const counters = await countPackets().catch((error: unknown) => {
    pinned.stop();
    throw error;
  });
  try {
    await run.reach("the promotion", started("activate"));
    const before = await counters.read("operator");
    await run.reach("its end", (entry) => entry.kind === "stepEnded" && entry.step === "activate");
    const operator = (await counters.read("operator")) - before;
    const ended = await run.ended();
    return { run, ended, pinned, packets: { dr: await counters.read("dr"), operator } };
  } catch (error) {
    pinned.stop();
    throw error;
  } finally {
    await counters.remove();
  }
}

export interface Attempt {
  readonly atMs: number;
  /** Null where a transaction was committed; else what came instead. */
  readonly refusal: string | null;
}

/** Knows the primary by its address alone, as one with an old answer of the name server does. */
export interface PinnedClient {
  attempts(): readonly Attempt[];
  stop(): void;
}

function pinnedClient(pg: PgPort): PinnedClient {
  const attempts: Attempt[] = [];
  const stopped = new AbortController();
  const { signal } = stopped;
  const attempt = async (): Promise<string | null> => {
    try {
      // Takes a transaction's number: a server that takes no writes refuses it.
      await pg.query("primary", "select pg_current_xact_id()::text as id", [], signal);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  void (async () => {
    while (!signal.aborted) {
      // When it is answered, not when it was asked: an answer that the loss cuts off is none.
      const refusal = await attempt();
      if (!signal.aborted) attempts.push({ atMs: Date.now(), refusal });
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  return { attempts: () => [...attempts], stop: () => stopped.abort() };
}

type Where = "dr" | "operator";

/** Dropped at dr, so that whatever needs the primary hangs instead of being refused quickly. */
async function countPackets() {
  const { node, pods, services } = siteNetworks.primary;
  const to = `ip daddr { ${node}, ${pods}, ${services} }`;
  const chain = (hook: string, rule: string) =>
    `chain ${hook} { type filter hook ${hook} priority -300; ${rule}; }`;
  await nft("dr", [
    `table inet ${table} {`,
    chain("output", `${to} counter drop`),
    chain("forward", `${to} counter drop`),
    "}",
  ]);
  // The drill itself tries whether the old address refuses, and so does the pinned client.
  await nft("operator", [
    `table inet ${table} {`,
    chain("output", `${to} tcp dport != { 443, 5432 } counter; ${to} meta l4proto udp counter`),
    "}",
  ]);
  const counted = async (where: Where): Promise<number> => {
    const listed = await nft(where, [`list table inet ${table}`]);
    return [...listed.matchAll(/packets (\d+)/g)].reduce((sum, [, packets]) => sum + Number(packets), 0);
  };
  // A counter that counts nothing would find nothing: each is shown a packet of its own first.
  const own: Record<Where, number> = { dr: 0, operator: 0 };
  for (const where of ["dr", "operator"] as const) {
    await knock(where, [{ protocol: "tcp", address: node, port: apiPorts.api }]);
    own[where] = await counted(where);
    if (own[where] === 0) throw new Error(`the packet counter at ${where} does not count`);
  }
  return {
    read: async (where: Where): Promise<number> => (await counted(where)) - own[where],
    async remove(): Promise<void> {
      for (const where of ["dr", "operator"] as const) await nft(where, [`delete table inet ${table}`]);
    },
  };
}

const table = "holdfast_fault";

/** The lab's root has the program; the operator's network is this process's own. */
async function nft(where: Where, lines: readonly string[]): Promise<string> {
  const first = await firstProcess(layout.place("dr"));
  if (first === undefined) throw new Error("dr does not run");
  const [nsenter = "", ...inside] = insidePlace(first).filter((word) => where === "dr" || word !== "--net");
  const { stdout } = await execa(nsenter, [...inside, "nft", "-f", "-"], { input: `${lines.join("\n")}\n` });
  return stdout;
}
