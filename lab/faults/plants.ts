import { constants, copyFile, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { insidePlace } from "../place/place.ts";
import type { ProcessIdentity } from "../place/processes.ts";
import { ctrAt } from "../site/ctr.ts";
import { hideImage, showImage } from "./hidden-image.ts";
import { openOffsiteObjects } from "./offsite-objects.ts";

export interface PlantContext {
  /** $HOLDFAST_LAB */
  readonly root: string;
  readonly endpoint: string;
  readonly bucket: string;
  /** The epoch whose repository is damaged. */
  readonly epoch: number;
  /** First process of the site in whose network namespace the primary's packets are dropped; null while the site is dead. */
  readonly primary: ProcessIdentity | null;
  /** First process of dr's site; null while it does not run. */
  readonly dr: ProcessIdentity | null;
}

interface PlantKind {
  readonly plant: (context: PlantContext) => Promise<string>;
  /** Idempotent, and fine when nothing was planted. */
  readonly unplant: (context: PlantContext) => Promise<void>;
}

/** Without its tag: a stack file may name the digest. */
const n8nImage = "lab.holdfast.test/n8n";

/**
 * Damage done to the lab on purpose, by name, before or at the loss. Each is the
 * real thing seen from where it would come: an attacker with the writer's keys, a
 * wrong secret at dr, a name server that refuses, packets that vanish.
 */
export const plants = {
  "offsite-deleted": {
    plant: async (context) => {
      const offsite = await openOffsiteObjects({
        ...context,
        secrets: join(context.root, "secrets"),
        identity: "writer",
      });
      const keys = await offsite.keys(`epochs/${context.epoch}/`);
      await offsite.remove(keys);
      return `${keys.length} objects under epochs/${context.epoch}/ deleted with the writer's keys`;
    },
    unplant: removeMarkers,
  },
  "wal-removed": {
    plant: async (context) => {
      const offsite = await openOffsiteObjects({
        ...context,
        secrets: join(context.root, "secrets"),
        identity: "writer",
      });
      const segments = (await offsite.keys(`epochs/${context.epoch}/archive/`)).filter((key) =>
        /\/[0-9A-F]{24}-[0-9a-f]{40}(\.\w+)?$/.test(key),
      );
      // Far enough from the end that minutes of acknowledged rows lie behind it, and after the last backup.
      const victim = segments.at(-8);
      if (victim === undefined)
        throw new Error(`only ${segments.length} segments in epochs/${context.epoch}/archive/`);
      await offsite.remove([victim]);
      return `segment ${victim} deleted with the writer's keys`;
    },
    unplant: removeMarkers,
  },
  "wrong-cipher": {
    plant: (context) =>
      replaceSecret(context, "repository-cipher", "this is not the passphrase of the repository"),
    unplant: (context) => restoreSecret(context, "repository-cipher"),
  },
  "dns-refused": {
    // The real server answers 401, as it does after a key was rotated and dr was not told.
    plant: (context) => replaceSecret(context, "powerdns-api-key", "a-key-that-was-rotated-away"),
    unplant: (context) => restoreSecret(context, "powerdns-api-key"),
  },
  "site-store-blackholed": {
    plant: async (context) => {
      // Dropped, not refused: a refused connection is noticed at once, a swallowed one only by a timeout (rule 1).
      await nft(context, [
        "table inet holdfast_plant {",
        "  chain forward { type filter hook forward priority -10; ip saddr 198.18.64.0/20 ip daddr 198.18.64.0/20 tcp dport 8333 drop; }",
        "  chain output { type filter hook output priority -10; ip daddr 198.18.64.0/20 tcp dport 8333 drop; }",
        "}",
      ]);
      return "packets to the primary's own S3 store are dropped";
    },
    unplant: async (context) => {
      if (context.primary === null) return;
      await nft(context, ["table inet holdfast_plant", "delete table inet holdfast_plant"]);
    },
  },
  "n8n-image-broken": {
    plant: async ({ dr }) => {
      if (dr === null) throw new Error("the site dr is not running");
      const names = await hideImage(ctrAt(dr), n8nImage);
      if (names.length === 0) throw new Error(`dr has no image ${n8nImage}`);
      return `dr does not find ${names.join(", ")} any more, and there is no registry to ask`;
    },
    unplant: async ({ dr }) => {
      if (dr !== null) await showImage(ctrAt(dr), n8nImage);
    },
  },
} as const satisfies Record<string, PlantKind>;

async function removeMarkers(context: PlantContext): Promise<void> {
  const offsite = await openOffsiteObjects({
    ...context,
    secrets: join(context.root, "secrets"),
    identity: "admin",
  });
  await offsite.removeDeleteMarkers(`epochs/${context.epoch}/`);
}

async function replaceSecret(context: PlantContext, name: string, value: string): Promise<string> {
  const path = join(context.root, "secrets", name);
  const kept = `${path}.kept`;
  // The first copy wins: planting twice must not keep the wrong value as the right one.
  await copyFile(path, kept, constants.COPYFILE_EXCL).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  const fresh = `${path}.new`;
  await writeFile(fresh, value, { mode: 0o600 });
  await rename(fresh, path);
  return `${name} replaced by a wrong value`;
}

async function restoreSecret(context: PlantContext, name: string): Promise<void> {
  const path = join(context.root, "secrets", name);
  const kept = await readFile(`${path}.kept`).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (kept !== null) await rename(`${path}.kept`, path);
}

async function nft(context: PlantContext, lines: readonly string[]): Promise<void> {
  if (context.primary === null) throw new Error("the primary site is not running");
  const [nsenter = "", ...inside] = insidePlace(context.primary);
  await execa(nsenter, [...inside, "nft", "-f", "-"], { input: `${lines.join("\n")}\n` });
}
