import { Resolver } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { labStatePlace } from "../../../cli/drill-ports.ts";
import { createPulumiPort } from "../../../drill/adapters/pulumi.ts";
import type { PulumiPort } from "../../../drill/ports/engine.ts";
import { siteNetworks, thirdAddresses } from "../../../lab/net/addresses.ts";
import { inLabShell, labShell, repository } from "./holdfast.ts";
import { layout } from "./places.ts";

/** For one operation; a limit of the whole file would end the last one early on a slow machine. */
const limit = (): AbortSignal => AbortSignal.timeout(1_200_000);

/** The engine as a pipeline has it; the committed stack files stay as they are. */
export async function engine(): Promise<PulumiPort> {
  return createPulumiPort({
    repositoryRoot: repository,
    cliRoot: layout.root,
    environment: await labShell(),
    state: await labStatePlace(),
  });
}

export async function up(pulumi: PulumiPort, stack: string, configFile?: string): Promise<void> {
  const result = await pulumi.up({
    stack,
    configFile: configFile ?? join(repository, `Pulumi.${stack}.yaml`),
    message: "test",
    refresh: false,
    onEvent: () => undefined,
    signal: limit(),
  });
  if (!result.ok) throw new Error(`up of ${stack}: ${result.error}`);
}

/** All three stacks as committed: primary active, dr standing by. */
export async function inProduction(): Promise<PulumiPort> {
  const pulumi = await engine();
  const dr = await pulumi.outputs("dr", limit());
  if (dr?.role === "active" || dr?.role === "draining")
    throw new Error(`dr is ${dr.role}: these tests want primary active; hand the business back first`);
  for (const stack of ["offsite", "primary", "dr"]) await up(pulumi, stack);
  return pulumi;
}

export async function drObjects(...command: readonly string[]): Promise<string> {
  const result = await inLabShell(["kubectl", "--context", "dr", ...command]);
  if (result.exitCode !== 0) throw new Error(result.stderr);
  return result.stdout;
}

/** What every name server and the resolver answer; empty where the name is not there. */
export function answers(name: string): Promise<readonly (readonly string[])[]> {
  const servers = [thirdAddresses.ns1, thirdAddresses.ns2, thirdAddresses.resolver];
  return Promise.all(
    servers.map(async (server) => {
      const resolver = new Resolver({ timeout: 5000, tries: 3 });
      resolver.setServers([server]);
      return resolver.resolve4(name).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOTFOUND") return [];
        throw error;
      });
    }),
  );
}

export interface Load {
  /** Ends it; how many requests were answered, and what became of the others. */
  readonly stop: () => Promise<{ readonly answered: number; readonly failures: readonly string[] }>;
}

/**
 * Requests at primary's gateway, apart from the drill's own prober. The first answer is waited for: Odoo compiles its
 * pages, and after an up the gateway may have nobody to ask yet, which is no load but a start.
 */
export async function loadOnPrimary(everyMs: number): Promise<Load> {
  const ca = readFileSync(layout.caCertificate, "utf8");
  await firstAnswer(ca, 300_000);
  const failures: string[] = [];
  let answered = 0;
  const inFlight = new Set<Promise<void>>();
  const one = async (): Promise<void> => {
    try {
      const status = await ask(ca);
      if (status === 200) answered += 1;
      else failures.push(`status ${status}`);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  };
  const timer = setInterval(() => {
    const started = one().finally(() => inFlight.delete(started));
    inFlight.add(started);
  }, everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(inFlight);
      return { answered, failures };
    },
  };
}

async function firstAnswer(ca: string, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await ask(ca, 120_000).catch(String);
    if (seen === 200) return;
    if (performance.now() > deadline)
      throw new Error(`Odoo at primary did not answer within ${withinMs / 1000} s; last seen: ${seen}`);
    await sleep(1_000);
  }
}

/** @param timeoutMs a person's patience with a busy machine: what is asked for is an answer, not a quick one */
function ask(ca: string, timeoutMs = 30_000): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: siteNetworks.primary.node,
        port: 443,
        path: "/web/login",
        servername: "erp.holdfast.test",
        headers: { host: "erp.holdfast.test" },
        ca,
        agent: false,
        timeout: timeoutMs,
      },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
        response.on("error", reject);
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer in ${timeoutMs / 1000} s`)));
    outgoing.on("error", reject);
    outgoing.end();
  });
}
