import { createHash } from "node:crypto";
import { z } from "zod";
import type { Site } from "../contract/stack.ts";
import { contractOf } from "./in-pod.ts";
import type { BackupSetInfo } from "./ports/repository.ts";
import type { Ports } from "./ports.ts";
import { type Proof, proof, type StepContext } from "./step.ts";

/** The names that components/database gives them. */
const configSecret = "pgbackrest";
const volumeClaim = "database-data";

const secretSchema = z.object({ data: z.record(z.string(), z.string()) });
const storage = z.object({ storage: z.string() }).optional();
const claimSchema = z.object({
  spec: z.object({ resources: z.object({ requests: storage }).optional() }).optional(),
  status: z.object({ capacity: storage }).optional(),
});

/** The site that would restore, and the one that serves and writes the repository meanwhile. */
export interface StandbyView {
  readonly standby: Site;
  readonly active: Site;
  readonly kube: Ports["kube"];
  readonly namespaces: Readonly<Record<Site, string>>;
  readonly signal: AbortSignal;
}

/** A proof, and what a person does where it does not hold; null where it holds. */
export interface Readiness extends Proof {
  readonly todo: string | null;
}

type NewestSet = Pick<BackupSetInfo, "label" | "databaseBytes">;

/**
 * What a restore at dr needs and nobody could give it any more once the primary is lost: the passphrase that the
 * repository was written with, and room for the newest set.
 */
export async function drCanRestore(
  context: StepContext,
  newest: BackupSetInfo | undefined,
): Promise<readonly Proof[]> {
  const namespaceOf = (site: Site): string => contractOf(context, site).namespace ?? "";
  const view: StandbyView = {
    standby: "dr",
    active: "primary",
    kube: context.ports.kube,
    namespaces: { primary: namespaceOf("primary"), dr: namespaceOf("dr") },
    signal: context.signal,
  };
  const found = await Promise.all([passphraseIsThere(view), newestFits(view, newest)]);
  return found.map(({ what, holds, detail, todo }) =>
    proof(what, holds, todo === null ? detail : `${detail}: ${todo}`),
  );
}

/** Compared with the one of the site that serves: that is what the repository is written with. */
export async function passphraseIsThere(view: StandbyView): Promise<Readiness> {
  const { standby, active } = view;
  const [written, held] = await Promise.all([
    passphraseDigest(view, active),
    passphraseDigest(view, standby),
  ]);
  const what = `${standby} holds the repository's passphrase`;
  const where = `secret ${configSecret} at ${standby}`;
  if (held === null)
    return {
      what,
      holds: false,
      detail: `${where} is not there, or has no passphrase`,
      todo: `bring it back from escrow, then pulumi up of ${standby} with --refresh`,
    };
  if (written === null)
    return {
      what,
      holds: false,
      detail: `secret ${configSecret} at ${active}, which serves, has no passphrase to compare with`,
      todo: `bring it back: pulumi up of ${active} with --refresh`,
    };
  if (held === written) return { what, holds: true, detail: `the ${active}'s own`, todo: null };
  return {
    what,
    holds: false,
    detail: `${where} has another passphrase than the ${active}, which writes the repository`,
    todo: `give stack ${standby} the same secret (holdfast:backup.cipher), then pulumi up of ${standby}`,
  };
}

/** Never the passphrase itself: what is proved is written down. Null where the secret or its line is missing. */
async function passphraseDigest(
  { kube, namespaces, signal }: StandbyView,
  site: Site,
): Promise<string | null> {
  const found = await kube(site).get("v1/Secret", namespaces[site], configSecret, signal);
  const encoded = secretSchema.safeParse(found).data?.data["archive-offsite.conf"];
  if (encoded === undefined) return null;
  const line = /^repo1-cipher-pass=(.+)$/m.exec(Buffer.from(encoded, "base64").toString("utf8"));
  return line === null
    ? null
    : createHash("sha256")
        .update(line[1] ?? "")
        .digest("hex");
}

/** As restore.sh counts it: the set's files, and a twentieth for WAL. What is free on its disk, the pod asks itself. */
export async function newestFits(
  { standby, kube, namespaces, signal }: StandbyView,
  newest: NewestSet | undefined,
): Promise<Readiness> {
  const what = `${standby}'s volume has room for the newest set`;
  if (newest === undefined)
    return { what, holds: false, detail: "there is no set", todo: "make a full backup now" };
  const found = await kube(standby).get("v1/PersistentVolumeClaim", namespaces[standby], volumeClaim, signal);
  const needed = Math.ceil(newest.databaseBytes * 1.05);
  const claim = claimSchema.safeParse(found).data;
  // A volume is made for its first pod, and a standby runs none: until then what is asked for is what it will have.
  const bound = claim?.status?.capacity?.storage;
  const text = bound ?? claim?.spec?.resources?.requests?.storage;
  const room = text === undefined ? null : bytesOf(text);
  const has =
    room === null
      ? "no size that can be read"
      : `${bound === undefined ? "no volume yet and asks for " : ""}${room}`;
  const holds = room !== null && needed <= room;
  return {
    what,
    holds,
    detail: `${newest.label} needs ${needed} bytes with its WAL, volume claim ${volumeClaim} has ${has}`,
    todo: holds
      ? null
      : `give stack ${standby} a larger holdfast:database.volume, then pulumi up of ${standby}`,
  };
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 1024,
  Mi: 1024 ** 2,
  Gi: 1024 ** 3,
  Ti: 1024 ** 4,
};

/** A Kubernetes quantity of storage; null where it is none that a volume has. */
export function bytesOf(quantity: string): number | null {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(quantity) ?? [];
  const factor = units[unit];
  return number === undefined || factor === undefined ? null : Number(number) * factor;
}
