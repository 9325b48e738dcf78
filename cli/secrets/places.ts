import { type Dirent, readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { parseAllDocuments } from "yaml";

/** Something that may not hold a secret, as bytes with a name for people. */
export interface Place {
  readonly name: string;
  readonly content: Buffer;
}

export interface Unread {
  readonly name: string;
  readonly reason: string;
}

export interface Places {
  readonly places: Iterable<Place>;
  /** Filled while `places` is walked: what nobody looked into. */
  readonly unread: Unread[];
}

/** Every file below the paths, unpacked where it is packed (Pulumi may keep its state so). */
export function filesBelow(paths: readonly string[]): Places {
  const unread: Unread[] = [];
  return { places: walk(paths, unread), unread };
}

function* walk(paths: readonly string[], unread: Unread[]): Generator<Place> {
  for (const path of paths) {
    try {
      const stats: Stats = statSync(path);
      if (stats.isDirectory()) {
        const entries: Dirent[] = readdirSync(path, { withFileTypes: true });
        yield* walk(
          entries.filter((entry) => !entry.isSymbolicLink()).map((entry) => join(path, entry.name)),
          unread,
        );
      } else if (stats.isFile()) {
        yield { name: path, content: unpacked(readFileSync(path)) };
      }
    } catch (error) {
      unread.push({ name: path, reason: error instanceof Error ? error.message : String(error) });
    }
  }
}

const gzip = Buffer.from([0x1f, 0x8b]);
const zstd = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** By its first bytes: Pulumi packs its state in either way, as its environment says (RFC 1952, RFC 8878). */
function unpacked(content: Buffer): Buffer {
  if (content.subarray(0, gzip.length).equals(gzip)) return gunzipSync(content);
  return content.subarray(0, zstd.length).equals(zstd) ? zstdDecompressSync(content) : content;
}

/** Arguments of every process of the machine: whoever is on it can read them. */
export function processArguments(proc = "/proc", own = process.pid): Places {
  const unread: Unread[] = [];
  const pids = readdirSync(proc).filter((name) => /^\d+$/.test(name) && Number(name) !== own);
  const places = pids.flatMap((pid): Place[] => {
    try {
      const content = readFileSync(join(proc, pid, "cmdline"));
      const program = content.subarray(0, Math.max(0, content.indexOf(0))).toString();
      return content.length === 0 ? [] : [{ name: `arguments of process ${pid} (${program})`, content }];
    } catch (error) {
      // It has ended since the list was made.
      if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH"))
        return [];
      unread.push({ name: `arguments of process ${pid}`, reason: String(error) });
      return [];
    }
  });
  return { places, unread };
}

/**
 * The objects of manifests (YAML documents, or `kubectl get -o json`), one place each. A Secret's own data is where
 * secrets belong, so it is left out; its metadata is not.
 */
export function manifestObjects(files: readonly string[]): Places {
  const unread: Unread[] = [];
  const places = files.flatMap((file): Place[] => {
    try {
      return parseAllDocuments(readFileSync(file, "utf8")).flatMap((document) => {
        if (document.errors.length > 0) throw document.errors[0];
        return objectsOf(document.toJS()).map((object) => toPlace(file, object));
      });
    } catch (error) {
      unread.push({ name: file, reason: error instanceof Error ? error.message : String(error) });
      return [];
    }
  });
  return { places, unread };
}

interface KubernetesObject {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly items?: readonly KubernetesObject[];
}

function objectsOf(value: KubernetesObject | null): readonly KubernetesObject[] {
  if (value === null || typeof value !== "object") return [];
  return Array.isArray(value.items) ? value.items.flatMap(objectsOf) : [value];
}

function toPlace(file: string, object: KubernetesObject): Place {
  const { kind = "object", metadata } = object;
  const kept = kind === "Secret" ? { ...object, data: undefined, stringData: undefined } : object;
  const name = `${kind} ${metadata?.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata?.name ?? "?"}`;
  return { name: `${file}: ${name}`, content: Buffer.from(JSON.stringify(kept, null, 1)) };
}
