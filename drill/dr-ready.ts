import { createHash } from "node:crypto";
import { z } from "zod";
import { contractOf } from "./in-pod.ts";
import type { BackupSetInfo } from "./ports.ts";
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

/**
 * What a restore at dr needs and nobody could give it any more once the primary is lost: the passphrase that the
 * repository was written with, and room for the newest set.
 */
export async function drCanRestore(
  context: StepContext,
  newest: BackupSetInfo | undefined,
): Promise<readonly Proof[]> {
  return Promise.all([passphraseIsThere(context), newestFits(context, newest)]);
}

async function passphraseIsThere(context: StepContext): Promise<Proof> {
  const [written, standby] = await Promise.all([
    passphraseDigest(context, "primary"),
    passphraseDigest(context, "dr"),
  ]);
  const where = `secret ${configSecret} at dr`;
  const detail =
    standby === null
      ? `${where} is not there, or has no passphrase: bring it back from escrow, then pulumi up of dr with --refresh`
      : written === standby
        ? "the primary's own"
        : `${where} has another passphrase than the primary, which writes the repository`;
  return proof("dr holds the repository's passphrase", standby !== null && written === standby, detail);
}

/** Never the passphrase itself: what is proved is written down. Null where the secret or its line is missing. */
async function passphraseDigest(context: StepContext, site: "primary" | "dr"): Promise<string | null> {
  const { namespace } = contractOf(context, site);
  const found = await context.ports
    .kube(site)
    .get("v1/Secret", namespace ?? "", configSecret, context.signal);
  const encoded = secretSchema.safeParse(found).data?.data["archive-offsite.conf"];
  if (encoded === undefined) return null;
  const line = /^repo1-cipher-pass=(.+)$/m.exec(Buffer.from(encoded, "base64").toString("utf8"));
  return line === null
    ? null
    : createHash("sha256")
        .update(line[1] ?? "")
        .digest("hex");
}

/** As restore.sh counts it: the set's files, and a twentieth for WAL. What is free on its disk, dr's pod asks itself. */
async function newestFits(context: StepContext, newest: BackupSetInfo | undefined): Promise<Proof> {
  const { namespace } = contractOf(context, "dr");
  const found = await context.ports
    .kube("dr")
    .get("v1/PersistentVolumeClaim", namespace ?? "", volumeClaim, context.signal);
  const needed = Math.ceil((newest?.databaseBytes ?? 0) * 1.05);
  const claim = claimSchema.safeParse(found).data;
  // A volume is made for its first pod, and a standby runs none: until then what is asked for is what it will have.
  const bound = claim?.status?.capacity?.storage;
  const text = bound ?? claim?.spec?.resources?.requests?.storage;
  const room = text === undefined ? null : bytesOf(text);
  const has =
    room === null
      ? "no size that can be read"
      : `${bound === undefined ? "no volume yet and asks for " : ""}${room}`;
  return proof(
    "dr's volume has room for the newest set",
    newest !== undefined && room !== null && needed <= room,
    newest === undefined
      ? "there is no set"
      : `${newest.label} needs ${needed} bytes with its WAL, volume claim ${volumeClaim} has ${has}`,
  );
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
