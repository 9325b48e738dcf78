import { spawn } from "node:child_process";

/** A server of a test's own. */
export interface Child {
  /** The end of what it wrote on standard error. */
  said(): string;
  /** When it has ended by itself: how, and what it said. Never fails. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts a program that dies with this process, however that one ends.
 * @param folder where it runs
 */
export function startChild(
  name: string,
  [program, ...args]: readonly [string, ...string[]],
  folder: string,
): Child {
  const server = spawn("setpriv", ["--pdeathsig", "KILL", program, ...args], {
    cwd: folder,
    // Nothing of the caller's: KUBECONFIG, GOMAXPROCS or a proxy would make it another test elsewhere.
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: folder },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  server.stderr.on("data", (chunk: Buffer) => {
    said = `${said}${chunk}`.slice(-4_000);
  });
  const ended = new Promise<string>((resolve) => {
    server.once("error", (error) => resolve(`${name} did not start: ${error.message}`));
    server.once("exit", (status, signal) => resolve(`${name} ended (${status ?? signal}): ${said}`));
  });
  return {
    said: () => said,
    ended,
    async stop() {
      server.kill("SIGKILL");
      await ended;
    },
  };
}
