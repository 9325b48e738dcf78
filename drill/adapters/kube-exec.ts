import { Readable, Writable } from "node:stream";
import { Exec, type V1Status } from "@kubernetes/client-node";
import type { ExecResult, ExecTarget } from "../ports/cluster.ts";
import { PortError } from "../ports/port-error.ts";
import { messageOf } from "./deadline.ts";
import { type KubeTarget, loadKubeConfig } from "./kube-request.ts";

export interface ExecOptions {
  readonly signal: AbortSignal;
  readonly stdin?: string;
  /** Called with each piece of standard error as it comes, for progress. */
  readonly onStderr?: (text: string) => void;
  /** Takes standard output as it comes instead of having it collected: for what does not fit into memory. */
  readonly stdout?: Writable;
}

/** Dialling a dead site would wait for TCP's own patience. */
const connectMs = 5000;

export async function execInPod(
  kube: KubeTarget,
  target: ExecTarget,
  command: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  const { signal } = options;
  signal.throwIfAborted();
  const what = `exec in ${target.namespace}/${target.pod} (${target.container})`;
  const lost = (cause: unknown): PortError =>
    new PortError(`kube ${kube.context}`, `${what}: ${messageOf(cause)}`, { cause });
  const stdout = collector();
  const stderr = collector(options.onStderr);
  const stdin = options.stdin === undefined ? null : Readable.from([Buffer.from(options.stdin)]);

  let stop = (): void => undefined;
  try {
    return await new Promise<ExecResult>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(lost(new Error(`no connection within ${connectMs} ms`))),
        connectMs,
      );
      const abort = (): void => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
      let closeSocket = (): void => undefined;
      stop = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
        closeSocket();
      };
      new Exec(loadKubeConfig(kube))
        .exec(
          target.namespace,
          target.pod,
          target.container,
          [...command],
          options.stdout ?? stdout.stream,
          stderr.stream,
          stdin,
          false,
          (status) => {
            const exitCode = exitCodeOf(status);
            // Without an exit code the command did not run: no such container, or the runtime failed.
            if (exitCode === null)
              reject(lost(new Error(status.message ?? "the command could not be started")));
            else resolve({ exitCode, stdout: stdout.text(), stderr: stderr.text() });
          },
        )
        .then((socket) => {
          clearTimeout(timer);
          closeSocket = () => socket.terminate();
          socket.on("error", (error: unknown) => reject(lost(error)));
          socket.on("close", () => reject(lost(new Error("the connection ended before the command did"))));
        })
        .catch((error: unknown) => reject(lost(handshakeError(error))));
    });
  } finally {
    stop();
  }
}

/** The socket library rejects with an event that carries the error. */
function handshakeError(error: unknown): unknown {
  return typeof error === "object" && error !== null && "error" in error ? error.error : error;
}

/** Kubernetes gives a command's exit status as a cause of its Failure. Null when it never ran. */
export function exitCodeOf(status: V1Status): number | null {
  if (status.status === "Success") return 0;
  const cause = status.details?.causes?.find((one) => one.reason === "ExitCode");
  return cause?.message === undefined ? null : Number(cause.message);
}

function collector(onText?: (text: string) => void): {
  readonly stream: Writable;
  readonly text: () => string;
} {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      onText?.(chunk.toString("utf8"));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}
