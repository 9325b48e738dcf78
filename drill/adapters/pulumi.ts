import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type EngineEvent,
  LocalWorkspace,
  PulumiCommand,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import { parse } from "yaml";
import { z } from "zod";
import { stackContractSchema } from "../../contract/stack.ts";
import { UserError } from "../../errors/user-error.ts";
import type { PulumiEvent, PulumiPort, PulumiUpResult, StackLock } from "../ports/engine.ts";
import { PortError } from "../ports/port-error.ts";
import { messageOf } from "./deadline.ts";
import { toPulumiEvent } from "./pulumi-events.ts";
import { readStackLocks, type StatePlace } from "./stack-locks.ts";

export interface PulumiPlace {
  /** Folder of Pulumi.yaml and the stack files. */
  readonly repositoryRoot: string;
  /** Folder that holds bin/pulumi; null takes the one on PATH. */
  readonly cliRoot: string | null;
  /** PULUMI_HOME, PULUMI_BACKEND_URL and so on, beside this process's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly state: StatePlace;
}

const projectSchema = z.object({ name: z.string() });
const deploymentSchema = z.object({ resources: z.array(z.unknown()).optional() });

/** So many of the engine's error lines are kept for people. */
const errorLinesMost = 20;

export function createPulumiPort(place: PulumiPlace): PulumiPort {
  let command: Promise<PulumiCommand> | null = null;
  const known = new Map<string, Stack>();
  // Each question is a start of the command line: what was there once is asked for no more, and two that ask at once ask once.
  const there = new Set<string>();
  let listing: Promise<void> | null = null;

  function cli(): Promise<PulumiCommand> {
    command ??= PulumiCommand.get(place.cliRoot === null ? {} : { root: place.cliRoot }).catch(
      (cause: unknown) => {
        command = null;
        throw new UserError("TOOL_MISSING", { what: "pulumi was not found, or is too old", cause });
      },
    );
    return command;
  }

  async function workspaceAt(workDir: string): Promise<LocalWorkspace> {
    return LocalWorkspace.create({ workDir, pulumiCommand: await cli(), envVars: { ...place.environment } });
  }

  async function exists(name: string): Promise<boolean> {
    if (there.has(name)) return true;
    listing ??= list().finally(() => {
      listing = null;
    });
    await listing;
    return there.has(name);
  }

  async function list(): Promise<void> {
    const workspace = await workspaceAt(place.repositoryRoot);
    for (const stack of await workspace.listStacks()) there.add(stack.name);
  }

  /**
   * The stack, made if there is none. `pulumi stack init` writes a salt into the stack
   * file beside Pulumi.yaml; so it is made from a folder of its own, and the committed
   * file stays as it is (rule 26).
   */
  async function stackOf(name: string): Promise<Stack> {
    const found = known.get(name);
    if (found !== undefined) return found;
    const { Stack: stacks } = await import("@pulumi/pulumi/automation/index.js");
    const workspace = await workspaceAt(place.repositoryRoot);
    if (!(await exists(name))) {
      const folder = await mkdtemp(join(tmpdir(), "holdfast-stack-"));
      try {
        await writeFile(
          join(folder, "Pulumi.yaml"),
          await readFile(join(place.repositoryRoot, "Pulumi.yaml"), "utf8"),
        );
        await stacks.create(name, await workspaceAt(folder));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }
    const stack = await stacks.select(name, workspace);
    known.set(name, stack);
    return stack;
  }

  const readLocks: PulumiPort["locks"] = async (name, signal) => {
    try {
      return await readStackLocks(place.state, await project(), name, signal);
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof UserError) throw cause;
      throw new PortError("state", `locks of ${name}: ${messageOf(cause)}`, { cause });
    }
  };

  async function project(): Promise<string> {
    return projectSchema.parse(parse(await readFile(join(place.repositoryRoot, "Pulumi.yaml"), "utf8"))).name;
  }

  /**
   * From the engine's first event on it holds the stack's lock, and no other can. Told to the caller beside the work,
   * which does not wait for it; a state that cannot be asked for it is no reason to stop.
   */
  function watchLock(
    name: string,
    onLock: ((lock: StackLock) => void) | undefined,
    signal: AbortSignal,
  ): { readonly begun: () => void; readonly settled: () => Promise<void> } {
    let looking: Promise<void> | null = null;
    const look = async (): Promise<void> => {
      try {
        for (const lock of await readLocks(name, signal)) if (lock.holder === "lives") onLock?.(lock);
      } catch (error) {
        if (!(error instanceof PortError || error instanceof UserError || signal.aborted)) throw error;
      }
    };
    return {
      begun: () => {
        if (onLock === undefined || looking !== null) return;
        looking = look();
        looking.catch(() => undefined); // a bug in it is `settled`'s to throw, not the process's to die of meanwhile
      },
      settled: async () => {
        await looking;
      },
    };
  }

  async function reach<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof UserError) throw cause;
      throw new PortError("pulumi", `${what}: ${lastLines(messageOf(cause))}`, { cause });
    }
  }

  /** Runs an operation, whose failure is a value with the engine's own words. */
  async function operate(
    signal: AbortSignal,
    onEvent: (event: EngineEvent) => void,
    work: (listen: (event: EngineEvent) => void) => Promise<Readonly<Record<string, number | undefined>>>,
  ): Promise<PulumiUpResult> {
    const errors: string[] = [];
    const listen = (event: EngineEvent): void => {
      const { diagnosticEvent } = event;
      if (diagnosticEvent?.severity === "error")
        errors.push(toPulumiEvent(event)?.message ?? diagnosticEvent.message);
      onEvent(event);
    };
    try {
      const changes = await work(listen);
      return { ok: true, cancelled: false, error: "", changes: withoutHoles(changes) };
    } catch (cause) {
      const error =
        errors.length > 0 ? errors.slice(-errorLinesMost).join("\n") : lastLines(messageOf(cause));
      const killedBy = signal.aborted ? null : killedWith(messageOf(cause));
      return { ok: false, cancelled: signal.aborted, error, changes: {}, killedBy };
    }
  }

  /** What changes a stack: its events are told, and so is the lock that it takes. */
  async function holdingLock(
    {
      name,
      onEvent,
      onLock,
      signal,
    }: {
      readonly name: string;
      readonly onEvent: (event: PulumiEvent) => void;
      readonly onLock: ((lock: StackLock) => void) | undefined;
      readonly signal: AbortSignal;
    },
    work: Parameters<typeof operate>[2],
  ): Promise<PulumiUpResult> {
    const lock = watchLock(name, onLock, signal);
    const report = (event: EngineEvent): void => {
      lock.begun();
      const told = toPulumiEvent(event);
      if (told !== null) onEvent(told);
    };
    const ended = await operate(signal, report, work);
    await lock.settled();
    return ended;
  }

  return {
    committedConfig: (stack) => readFile(join(place.repositoryRoot, `Pulumi.${stack}.yaml`), "utf8"),
    up: async ({ stack: name, configFile, message, refresh, onEvent, onLock, signal }) => {
      const stack = await reach(`stack ${name}`, signal, () => stackOf(name));
      return holdingLock({ name, onEvent, onLock, signal }, async (listen) => {
        const result = await stack.up({
          configFile,
          message,
          refresh,
          onEvent: listen,
          signal,
          suppressOutputs: true,
          color: "never",
        });
        return result.summary?.resourceChanges ?? {};
      });
    },
    destroy: async ({ stack: name, message, onEvent, onLock, signal }) => {
      if (!(await reach(`stack ${name}`, signal, () => exists(name))))
        return { ok: true, cancelled: false, error: "", changes: {} };
      const stack = await reach(`stack ${name}`, signal, () => stackOf(name));
      return holdingLock({ name, onEvent, onLock, signal }, async (listen) => {
        const result = await stack.destroy({
          message,
          onEvent: listen,
          signal,
          suppressOutputs: true,
          color: "never",
        });
        known.delete(name);
        there.delete(name);
        // The stack file beside Pulumi.yaml is committed: without this the command line deletes it.
        await stack.workspace.removeStack(name, { preserveConfig: true });
        return result.summary?.resourceChanges ?? {};
      });
    },
    resources: (name, signal) =>
      reach(`state of ${name}`, signal, async () => {
        if (!(await exists(name))) return null;
        const { deployment } = await (await workspaceAt(place.repositoryRoot)).exportStack(name);
        const parsed = deploymentSchema.safeParse(deployment);
        if (!parsed.success) throw new Error(`its state cannot be read: ${parsed.error.message}`);
        return parsed.data.resources?.length ?? 0;
      }),
    preview: async ({ stack: name, configFile, signal }) => {
      const stack = await reach(`stack ${name}`, signal, () => stackOf(name));
      return operate(
        signal,
        () => undefined,
        async (listen) => {
          const result = await stack.preview({ configFile, onEvent: listen, signal, color: "never" });
          return result.changeSummary;
        },
      );
    },
    outputs: (name, signal) =>
      reach(`outputs of ${name}`, signal, async () => {
        const workspace = await workspaceAt(place.repositoryRoot);
        if (!(await exists(name))) return null;
        const contract = (await workspace.stackOutputs(name)).contract;
        if (contract === undefined) return null;
        const parsed = stackContractSchema.safeParse(contract.value);
        if (!parsed.success)
          throw new Error(`the output "contract" is of another form: ${parsed.error.message}`);
        return parsed.data;
      }),
    locks: readLocks,
    cancelLocks: (name, signal) =>
      reach(`cancel ${name}`, signal, async () => {
        if (!(await exists(name))) return;
        // By name: choosing the stack first would cost another start.
        const cancel = ["cancel", "--yes", "--stack", name];
        await execa((await cli()).command, cancel, { cwd: place.repositoryRoot, env: place.environment });
      }),
    clearPending: ({ stack: name, configFile, signal }) =>
      reach(`clear what ${name} has pending`, signal, async () => {
        if (!(await exists(name))) return [];
        const { deployment } = await (await workspaceAt(place.repositoryRoot)).exportStack(name);
        const pending = pendingSchema.parse(deployment).pending_operations ?? [];
        if (pending.length > 0)
          await (await stackOf(name)).refresh({
            configFile,
            clearPendingCreates: true,
            signal,
            color: "never",
          });
        return pending.map(({ type, resource }) => `${type} ${resource.urn.split("::").at(-1)}`);
      }),
  };
}

const pendingSchema = z.object({
  pending_operations: z
    .array(z.object({ type: z.string(), resource: z.object({ urn: z.string() }) }))
    .nullish(),
});

/** The Automation API says it in words alone. */
function killedWith(message: string): string | null {
  return /Command was killed with (SIG[A-Z0-9]+)/.exec(message)?.[1] ?? null;
}

function withoutHoles(
  changes: Readonly<Record<string, number | undefined>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(changes).map(([operation, count]) => [operation, count ?? 0]));
}

/** A failed command's message holds all of its output; its end says why. */
function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-errorLinesMost).join("\n");
}
