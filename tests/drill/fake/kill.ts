import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Ports } from "../../../drill/ports.ts";
import type { RunStore } from "../../../drill/run-copy/store.ts";
import { isGroup, type ScenarioItem, type Step } from "../../../drill/step.ts";
import { Killed } from "./pulumi.ts";
import { fakeRun } from "./run.ts";
import { freshDirectory } from "./run-folders.ts";
import type { FakeWorld } from "./world.ts";

export const moments = ["before", "during", "after"] as const;
export type Moment = (typeof moments)[number];

const forEver = (): Promise<never> => new Promise(() => undefined);

/**
 * A driver that is killed at a step: from then on nothing it asks for is done and nothing is answered, its
 * directory is what it was at that moment, and an `up` under way dies with its lock and pending operations left.
 * `before`: the step is noted and nothing of it is done. `during`: the first thing it asks of the world is done and
 * the answer lost. `after`: all is done and proved, but not noted.
 */
export async function killedAt(args: {
  readonly world: FakeWorld;
  readonly scenario: readonly ScenarioItem[];
  readonly step: string;
  readonly moment: Moment;
  readonly store?: RunStore;
}): Promise<string> {
  const { world, step, moment } = args;
  const directory = join(freshDirectory(), "r1");
  const left = join(freshDirectory(), "r1");
  const death = new AbortController();
  let inStep = false;
  let report: () => void = () => undefined;
  const died = new Promise<void>((resolve) => {
    report = resolve;
  });
  const die = (): Promise<never> => {
    if (!death.signal.aborted) {
      cpSync(directory, left, { recursive: true });
      death.abort(new Killed("SIGKILL"));
      report();
    }
    return forEver();
  };
  const mortal = <T extends object>(port: T, name: string): T =>
    new Proxy(port, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== "function") return member;
        if (name === "clock" && (key === "now" || key === "monotonic")) return member.bind(target);
        if (name === "kube" && key !== "site") return guarded(member.bind(target), `${name}.${String(key)}`);
        return guarded(member.bind(target), `${name}.${String(key)}`);
      },
    });
  const guarded =
    (call: (...words: never[]) => unknown, name: string) =>
    (...words: never[]): unknown => {
      if (death.signal.aborted) return forEver();
      if (name === "pulumi.up") {
        const [first] = words as unknown as [{ readonly signal: AbortSignal }];
        const dying = { ...first, signal: AbortSignal.any([first.signal, death.signal]) };
        const result = call(...([dying] as never[]));
        if (inStep && moment === "during") {
          // Some of it is done: the epoch may be taken, the pod may restore.
          void Promise.resolve(result).catch(() => undefined);
          return world.clock.sleep(3000, new AbortController().signal).then(die);
        }
        return Promise.resolve(result).catch((error: unknown) =>
          death.signal.aborted ? forEver() : Promise.reject(error),
        );
      }
      const result = call(...words);
      if (!(result instanceof Promise)) return result;
      if (inStep && moment === "during" && !name.startsWith("clock.")) return result.then(die, die);
      return result.then((value) => (death.signal.aborted ? forEver() : value));
    };
  const ports: Ports = {
    ...Object.fromEntries(
      Object.entries(world.ports).map(([name, port]) => [
        name,
        typeof port === "function" ? port : mortal(port, name),
      ]),
    ),
    kube: (site: "primary" | "dr") => mortal(world.ports.kube(site), "kube"),
  } as Ports;
  const doomed = (each: Step): Step =>
    each.id !== step
      ? each
      : {
          ...each,
          precondition: async (context) => {
            if (moment === "before") return die();
            // control-bucket applies only where there is no epoch yet; its turn is what is tested.
            return each.id === "control-bucket"
              ? { applies: true }
              : ((await each.precondition?.(context)) ?? { applies: true });
          },
          run: async (context) => {
            inStep = true;
            await each.run(context);
            inStep = false;
          },
          verify: async (context) => {
            const proofs = await each.verify(context);
            return moment === "after" || moment === "during" ? die() : proofs;
          },
        };
  void fakeRun({
    world,
    ports,
    directory,
    scenario: args.scenario.map((item) =>
      isGroup(item) ? { together: item.together.map(doomed) } : doomed(item),
    ),
    ...(args.store === undefined ? {} : { store: args.store }),
  });
  await died;
  return left;
}
