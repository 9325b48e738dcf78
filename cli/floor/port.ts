import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { z } from "zod";
import { copyArguments } from "../../components/database/parameters.ts";
import { paths } from "../../components/database/paths.ts";
import type { Floor } from "../../contract/floor.ts";
import type { ExecTarget, KubePort } from "../../drill/ports/cluster.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import type { FloorPort } from "../../drill/ports/repository.ts";
import { labEnvironmentHere } from "../lab-here.ts";
import { applyOnce } from "../side/copy.ts";
import { copyContainer, copyManifests, copyPod } from "../side/manifests.ts";
import { planCopy } from "../side/plan.ts";
import { detectBare } from "./detect.ts";
import { inSeconds } from "./in-seconds.ts";
import { moveTrafficBare } from "./traffic.ts";

const podMs = 120_000;

/** Another one each time: the last one's may still be on its way out. */
const namespaceOf = (nowMs: number): string => `holdfast-floor-${nowMs.toString(36)}`;

const script = (name: string): string => readFileSync(join(import.meta.dirname, name), "utf8");

/** A pod as a copy's beside production, with the database's image and limits, that does what it is told. */
export function createFloorPort(inputs: { readonly repositoryRoot: string }): FloorPort {
  return {
    async measure({ site, epoch, set, rounds, failuresToDetect }, say, signal) {
      const namespace = namespaceOf(Date.now());
      const request = {
        kind: "latest",
        target: null,
        set,
        exclusive: false,
        repository: "offsite",
        asOf: null,
      } as const;
      const { plan, ports, context, places, stack } = await planCopy(
        inputs.repositoryRoot,
        { namespace, request, site, epoch, volume: null },
        signal,
      );
      const lost = places.sites[site === "dr" ? "primary" : "dr"];
      const kube = ports.kube(site);
      const pod: ExecTarget = { namespace, pod: copyPod, container: copyContainer };
      const samples: Floor["samples"] = [];
      const add = (round: number, who: "bare" | "own", times: Times | null): void => {
        if (times === null) return;
        for (const [phase, seconds] of Object.entries(times))
          samples.push({ round, who, phase: phase as keyof Times, seconds });
        say(
          `round ${round}, ${who}: ${Object.entries(times)
            .map(([phase, seconds]) => `${phase} ${seconds} s`)
            .join(", ")}`,
        );
      };
      let coldCaches = true;
      try {
        add(0, "bare", { provision: await startPod(kube, copyManifests(plan), pod, signal) });
        const newest = await ports.repository.newestSegment(epoch, signal);
        const timeline = String(Number.parseInt((newest?.segment ?? "00000001").slice(0, 8), 16));
        const parameters = [
          ...copyArguments(plan.parameters),
          "-c",
          `hba_file=${paths.bin}/pg_hba_copy.conf`,
        ];
        for (let round = 0; round < rounds; round += 1) {
          // Whoever comes second finds a busier or a warmer machine: turns take that away.
          const turn = round % 2 === 0 ? (["bare", "own"] as const) : (["own", "bare"] as const);
          for (const who of turn) {
            coldCaches = (await dropCaches()) && coldCaches;
            const command = ["bash", "-s", "--", who, timeline, ...parameters];
            const { exitCode, stdout, stderr } = await kube.exec(pod, command, {
              signal,
              stdin: script("floor.sh"),
            });
            if (exitCode !== 0) throw new PortError("floor", `${who}: ${lastLines(stderr)}`);
            add(round, who, databaseTimes.parse(lastJson(stdout)));
          }
          add(round, "bare", await startOdoo(await labEnvironmentHere(), context, signal));
          const { address, databasePort: port } = lost;
          const detect = await detectBare({ address, port }, failuresToDetect, signal);
          add(round, "bare", detect === null ? null : { detect });
          add(round, "bare", await moveTrafficBare(stack, places.dns.resolvers, signal));
        }
        return { samples, coldCaches };
      } finally {
        // Not waited for: nothing else is called that, and the run goes on.
        await kube.delete("v1/Namespace", "", namespace, AbortSignal.timeout(30_000));
      }
    },
  };
}

type Times = Partial<Record<Floor["samples"][number]["phase"], number>>;
const databaseTimes = z.object({ restore: z.number(), replay: z.number() });

/** Seconds from the pod's creation until a command runs in it: scheduling, volume, image, container. */
async function startPod(
  kube: KubePort,
  manifests: readonly Readonly<Record<string, unknown>>[],
  pod: ExecTarget,
  signal: AbortSignal,
): Promise<number> {
  for (const manifest of manifests.slice(0, -1)) await applyOnce(kube, manifest, signal);
  const began = performance.now();
  await applyOnce(kube, idle(manifests.at(-1) ?? {}), signal);
  for (;;) {
    const elapsed = performance.now() - began;
    const ran = await kube.exec(pod, ["true"], { signal }).catch((error: unknown) => {
      if (error instanceof PortError) return null; // no container yet
      throw error;
    });
    if (ran?.exitCode === 0) return inSeconds(performance.now() - began);
    if (elapsed > podMs) throw new PortError("floor", `the pod did not run in ${podMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const podSchema = z.looseObject({
  kind: z.literal("Pod"),
  spec: z.looseObject({ containers: z.array(z.looseObject({})).length(1) }),
});

/** The copy's pod, which waits to be told instead of restoring by itself. */
export function idle(manifest: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const pod = podSchema.parse(manifest);
  const containers = pod.spec.containers.map(({ readinessProbe: _, args: __, ...container }) => ({
    ...container,
    command: ["sleep", "infinity"],
  }));
  return { ...pod, spec: { ...pod.spec, terminationGracePeriodSeconds: 1, containers } };
}

/** In the container that serves, so with its files, its database and its limits. */
async function startOdoo(
  environment: Readonly<Record<string, string>>,
  context: string,
  signal: AbortSignal,
): Promise<Times> {
  const words = [
    "--context",
    context,
    "--namespace",
    "holdfast",
    "exec",
    "-i",
    "deployment/odoo",
    "-c",
    "odoo",
  ];
  try {
    const { stdout } = await execa("kubectl", [...words, "--", "python3", "-"], {
      env: { ...environment },
      input: script("odoo.py"),
      cancelSignal: signal,
    });
    return z.object({ services: z.number() }).parse(lastJson(stdout));
  } catch (cause) {
    signal.throwIfAborted();
    throw new PortError(
      "floor",
      `odoo: ${cause instanceof Error ? lastLines(cause.message) : String(cause)}`,
      { cause },
    );
  }
}

/** False where the machine does not let us: then what was read before may still be in memory. */
async function dropCaches(): Promise<boolean> {
  await execa("sync");
  return writeFile("/proc/sys/vm/drop_caches", "3\n").then(
    () => true,
    () => false,
  );
}

function lastJson(stdout: string): unknown {
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-3).join(" / ");
}
