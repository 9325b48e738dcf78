import { execa } from "execa";
import { PortError } from "../../drill/ports/port-error.ts";
import { proberTimeouts } from "../../drill/prober/settings.ts";
import { inSeconds } from "./in-seconds.ts";

/**
 * Seconds until a monitor that does nothing but connect has failed so many times in a row; null where the lost site
 * answers. Each try has the time that the prober gives a connection.
 */
export async function detectBare(
  { address, port }: { readonly address: string; readonly port: number },
  failures: number,
  signal: AbortSignal,
): Promise<number | null> {
  const began = performance.now();
  for (let failed = 0; failed < failures; failed += 1) {
    const command = [
      String(proberTimeouts.connectMs / 1000),
      "bash",
      "-c",
      'exec 3<>"/dev/tcp/$1/$2"',
      "detect",
      address,
      String(port),
    ];
    const { exitCode } = await execa("timeout", command, { reject: false, cancelSignal: signal });
    signal.throwIfAborted();
    if (exitCode === undefined) throw new PortError("floor", "coreutils' timeout could not be started");
    if (exitCode === 0) return null;
  }
  return inSeconds(performance.now() - began);
}
