import type { Resource } from "../rule.ts";
import { eachContainer, kubernetesKind, podOf } from "./pods.ts";
import { at, each, itemsOf, keysOf, textOf } from "./value.ts";

/** A PostgreSQL server that archives its WAL, with its settings. */
export interface Archiver {
  readonly resource: Resource;
  readonly what: string;
  readonly settings: ReadonlyMap<string, string>;
}

/** Kinds that can be, or run, a server: a job's copy archives nothing. */
export function mayArchive(resource: Resource): boolean {
  const kind = kubernetesKind(resource) ?? "";
  return ["StatefulSet", "Deployment", "Pod"].includes(kind) || isCluster(resource);
}

function isCluster(resource: Resource): boolean {
  return kubernetesKind(resource) === "Cluster" && resource.type.includes("cnpg.io");
}

/** The archiving servers of a resource: containers started with settings, and CloudNativePG's clusters. */
export function* archiversOf(resource: Resource): Generator<Archiver> {
  if (!mayArchive(resource)) return;
  if (!isCluster(resource)) {
    yield* eachContainer(podOf(resource), function* ({ name, spec }) {
      const settings = settingsOf([...textsIn(at(spec, "command")), ...textsIn(at(spec, "args"))]);
      const mode = settings.get("archive_mode");
      if (mode === "on" || mode === "always") yield { resource, what: `container ${name}`, settings };
    });
  }
  if (isCluster(resource)) {
    const parameters = at(resource.props, "spec", "postgresql", "parameters");
    const settings = new Map(keysOf(parameters).map((key) => [key, String(at(parameters, key))]));
    // Its own default; an archive is only there with a backup section or an archiving plugin.
    if (!settings.has("archive_timeout")) settings.set("archive_timeout", "5min");
    const archives = at(resource.props, "spec", "backup") ?? at(resource.props, "spec", "plugins");
    if (archives !== undefined) yield { resource, what: "the cluster", settings };
  }
}

function* textsIn(list: unknown): Generator<string> {
  yield* each(itemsOf(list), function* (one) {
    const text = textOf(one);
    if (text !== undefined) yield text;
  });
}

/** `-c name=value`, `-cname=value` and `--name=value`; the last one counts, as in PostgreSQL. */
function settingsOf(args: readonly string[]): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const [index, arg] of args.entries()) {
    const text = arg === "-c" ? args[index + 1] : (/^(?:-c|--)(.+)$/s.exec(arg)?.[1] ?? "");
    const match = /^([a-z0-9_.-]+)=(.*)$/is.exec(text ?? "");
    if (match?.[1] !== undefined) settings.set(match[1].replaceAll("-", "_").toLowerCase(), match[2] ?? "");
  }
  return settings;
}

const secondsIn: Readonly<Record<string, number>> = { ms: 0.001, s: 1, min: 60, h: 3600, d: 86_400 };

/** A time setting whose own unit is the second. */
export function parseSeconds(text: string | undefined): number | undefined {
  const match = /^\s*(\d+)\s*(ms|s|min|h|d)?\s*$/.exec(text ?? "");
  return match === null ? undefined : Number(match[1]) * (secondsIn[match[2] ?? "s"] ?? 1);
}

const bytesIn: Readonly<Record<string, number>> = {
  B: 1,
  kB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
};

/** A size setting; one without a unit counts blocks of 8 kB, as shared_buffers does. */
export function parseBytes(text: string | undefined): number | undefined {
  const match = /^\s*(\d+)\s*(B|kB|MB|GB|TB)?\s*$/.exec(text ?? "");
  if (match === null) return undefined;
  return Number(match[1]) * (match[2] === undefined ? 8192 : (bytesIn[match[2]] ?? 1));
}
