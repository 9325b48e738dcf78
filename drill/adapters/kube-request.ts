import { type RequestOptions, request } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import { UserError } from "../../errors/user-error.ts";
import { PortError } from "../ports/port-error.ts";
import { messageOf, withDeadline } from "./deadline.ts";

export interface KubeTarget {
  readonly kubeconfig: string;
  readonly context: string;
}

export interface KubeAnswer {
  readonly status: number;
  readonly text: string;
}

const requestMs = 10_000;

/** Read anew for each call: a site that was brought back fresh has other certificates in the same file. */
export function loadKubeConfig(target: KubeTarget): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromFile(target.kubeconfig);
  } catch (cause) {
    throw new UserError("CLUSTER_UNREACHABLE", {
      what: "the kubeconfig cannot be read",
      got: target.kubeconfig,
      cause,
    });
  }
  if (!config.getContexts().some((context) => context.name === target.context)) {
    const allowed = config
      .getContexts()
      .map((context) => context.name)
      .join(", ");
    throw new UserError("CLUSTER_UNREACHABLE", {
      what: "the kubeconfig has no such context",
      got: target.context,
      allowed,
    });
  }
  config.setCurrentContext(target.context);
  return config;
}

/** One request to the API server, which ends with `signal` whatever the network does. */
export async function askKube(
  target: KubeTarget,
  ask: {
    readonly method: "GET" | "POST" | "PATCH" | "DELETE";
    readonly path: string;
    readonly body?: unknown;
    readonly contentType?: string;
    readonly timeoutMs?: number;
  },
  signal: AbortSignal,
): Promise<KubeAnswer> {
  const config = loadKubeConfig(target);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new UserError("CLUSTER_UNREACHABLE", { what: "the context names no cluster", got: target.context });
  }
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const what = `${ask.method} ${ask.path}`;
  try {
    return await withDeadline(ask.timeoutMs ?? requestMs, signal, (limit) =>
      send(new URL(ask.path, server), { ...options, method: ask.method, signal: limit }, ask),
    );
  } catch (cause) {
    signal.throwIfAborted();
    throw new PortError(`kube ${target.context}`, `${what}: ${messageOf(cause)}`, { cause });
  }
}

function send(
  url: URL,
  options: RequestOptions,
  ask: { readonly body?: unknown; readonly contentType?: string },
): Promise<KubeAnswer> {
  return new Promise((resolve, reject) => {
    const body = ask.body === undefined ? undefined : JSON.stringify(ask.body);
    const headers = {
      accept: "application/json",
      connection: "close", // a new agent each time: a kept socket would only keep the process alive
      ...(body === undefined
        ? {}
        : {
            "content-type": ask.contentType ?? "application/json",
            "content-length": Buffer.byteLength(body),
          }),
    };
    const outgoing = request(url, { ...options, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** An answer that is no success, as an error of the right kind. */
export function refusedByKube(target: KubeTarget, what: string, answer: KubeAnswer): Error {
  const message = statusMessage(answer.text);
  if (answer.status === 401 || answer.status === 403) {
    return new UserError("CLUSTER_UNREACHABLE", {
      what: `the cluster of context ${target.context} refused ${what}`,
      got: message,
      hint: "give the context's user the right to do that, or renew its certificate",
    });
  }
  if (answer.status === 429 || answer.status >= 500) {
    return new PortError(`kube ${target.context}`, `${what}: HTTP ${answer.status}: ${message}`);
  }
  return new Error(`kube ${target.context}: ${what}: HTTP ${answer.status}: ${message}`);
}

function statusMessage(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && "message" in value) return String(value.message);
  } catch {
    // Not every refusal is JSON (a proxy's, the exec handler's): its text is the message then.
  }
  return text.slice(0, 300);
}

/** Path of an object, or of its collection when `name` is left out. `kind` as "apps/v1/Deployment" or "v1/Pod". */
export function kubePath(kind: string, namespace: string, name?: string): string {
  const parts = kind.split("/");
  const [group, version, type] = parts.length === 3 ? parts : [undefined, ...parts];
  if (version === undefined || type === undefined)
    throw new Error(`not a kind: ${kind}; say v1/Pod or apps/v1/Deployment`);
  const base = group === undefined ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespace === "" ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${base}${scope}/${pluralOf(type)}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`;
}

/** Kubernetes' own kinds follow English rules; Endpoints is the one that is plural already. */
function pluralOf(type: string): string {
  const lower = type.toLowerCase();
  if (lower === "endpoints") return lower;
  if (/[^aeiou]y$/.test(lower)) return `${lower.slice(0, -1)}ies`;
  return /(s|x|ch)$/.test(lower) ? `${lower}es` : `${lower}s`;
}
