import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { PgPort } from "../ports/database.ts";
import { PortError } from "../ports/port-error.ts";
import type { LoadPort, ProberPort } from "../ports/prober.ts";
import type { ControlRequest } from "../prober/control.ts";
import { type ProberSettings, proberFiles } from "../prober/settings.ts";
import { askControl } from "./control-socket.ts";
import { messageOf } from "./deadline.ts";
import { tailLedger } from "./ledger-file.ts";
import { readPresent } from "./pg.ts";

export interface ProberPlace {
  /** Runs' directories lie here, in the third place. */
  readonly directory: string;
  /** This run's directory is made below it. */
  readonly run: string;
  /** Command that starts a prober, without its --config: node and the command line's entry. */
  readonly command: readonly string[];
  /** Words before the command that put it into the third place; asked at each start, because the place may be a new one. */
  readonly inside: () => Promise<readonly string[]>;
  readonly environment: Readonly<Record<string, string>>;
  /** All but the directory and the rates. */
  readonly settings: (directory: string, heartbeatsPerSecond: number) => ProberSettings;
}

const answerMs = 5000;
const startMs = 20_000;
/** A commit under way and one fsync. */
const stopMs = 15_000;
const pollMs = 50;

/** The prober's process, and the write load that runs in it. */
export function createProberPorts(
  place: ProberPlace,
  pg: PgPort,
): { readonly prober: ProberPort; readonly load: LoadPort } {
  const directory = join(place.directory, place.run);
  const ledgerPath = join(directory, proberFiles.ledger);
  const currentFile = join(place.directory, "current");

  async function ask(
    socket: string,
    request: ControlRequest,
    signal: AbortSignal | null,
  ): Promise<{ readonly atMs: number; readonly loadRowsPerSecond: number }> {
    try {
      return await askControl(socket, request, answerMs, signal);
    } catch (cause) {
      signal?.throwIfAborted();
      throw new PortError("prober", messageOf(cause), { cause });
    }
  }

  const socket = join(directory, proberFiles.socket);

  async function answers(path: string): Promise<boolean> {
    return askControl(path, { command: "status" }, answerMs, null).then(
      () => true,
      () => false,
    );
  }

  async function stopAt(folder: string, signal: AbortSignal): Promise<void> {
    const path = join(folder, proberFiles.socket);
    if (!(await answers(path))) return;
    await ask(path, { command: "stop" }, signal);
    await poll(`prober of ${folder} to end`, stopMs, signal, async () => !(await isAlive(folder)));
  }

  async function launch(heartbeatsPerSecond: number): Promise<() => string | null> {
    await mkdir(directory, { recursive: true });
    const config = join(directory, proberFiles.config);
    await writeFile(config, `${JSON.stringify(place.settings(directory, heartbeatsPerSecond), null, 2)}\n`);
    await writeFile(`${currentFile}.new`, place.run);
    await rename(`${currentFile}.new`, currentFile);
    const log = openSync(join(directory, proberFiles.log), "a");
    const [file, ...words] = [...(await place.inside()), ...place.command, "--config", config];
    if (file === undefined) throw new Error("no command for the prober");
    // Not execa: a process that outlives this one, on files of its own, is what it does not do.
    const child = spawn(file, words, {
      detached: true, // in a session of its own: the drill's Ctrl-C is not the prober's
      stdio: ["ignore", log, log],
      env: { ...place.environment },
    });
    closeSync(log);
    child.unref();
    let ended: string | null = null;
    child.on("error", (error) => {
      ended = `it could not be started: ${error.message}`;
    });
    child.on("exit", (code, killedBy) => {
      ended = `it ended with ${killedBy ?? code}`;
    });
    return () => ended;
  }

  const prober: ProberPort = {
    ledgerPath,
    start: async ({ run, heartbeatsPerSecond }, signal) => {
      if (run !== place.run) throw new Error(`this prober is for run ${place.run}, not ${run}`);
      if (await answers(socket)) return;
      const earlier = await readFile(currentFile, "utf8").catch(() => "");
      if (earlier !== "" && earlier !== run) await stopAt(join(place.directory, earlier), signal);
      const ended = await launch(heartbeatsPerSecond);
      await poll(
        `the prober to start (see ${join(directory, proberFiles.log)})`,
        startMs,
        signal,
        async () => {
          const why = ended();
          if (why !== null) throw new PortError("prober", `${why}; see ${join(directory, proberFiles.log)}`);
          return answers(socket);
        },
      );
    },
    stop: (signal) => stopAt(directory, signal),
    running: () => answers(socket),
    mark: async (name, detail, signal) => {
      const { atMs } = await ask(socket, { command: "mark", name, detail }, signal);
      return { atMs };
    },
    canary: async (on, signal) => {
      if (on || (await answers(socket))) await ask(socket, { command: "canary", on }, signal);
    },
    tail: (count) => tailLedger(ledgerPath, count),
    readLedger: () => readFile(ledgerPath, "utf8"),
    present: (site, epoch, signal) => readPresent(pg, site, epoch, signal),
  };

  const load: LoadPort = {
    start: async ({ rowsPerSecond }, signal) => {
      await ask(socket, { command: "load", rowsPerSecond }, signal);
    },
    stop: async (signal) => {
      if (await answers(socket)) await ask(socket, { command: "load", rowsPerSecond: 0 }, signal);
    },
    running: async () =>
      askControl(socket, { command: "status" }, answerMs, null).then(
        (answer) => answer.loadRowsPerSecond > 0,
        () => false,
      ),
  };
  return { prober, load };
}

/** The pid file goes last, when the ledger's stop line is on disk. */
async function isAlive(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, proberFiles.pid), "utf8").catch(() => "");
  const pid = Number(text);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH: gone
  }
}

async function poll(
  what: string,
  limitMs: number,
  signal: AbortSignal,
  met: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await met())) {
    if (performance.now() > deadline) throw new PortError("prober", `waited ${limitMs / 1000} s for ${what}`);
    await delay(pollMs, undefined, { signal });
  }
}
