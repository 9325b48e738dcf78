import { randomInt } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { siteNames } from "../net/addresses.ts";

const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const digits = "0123456789";
const lower = upper.toLowerCase();

/** Identities of the offsite store, each a `.key` and a `.secret` file. */
export const offsiteIdentities = [
  "admin",
  "writer",
  "reader",
  "keeper",
  "recorder",
  "documents",
  "state",
] as const;
export type OffsiteIdentity = (typeof offsiteIdentities)[number];

/**
 * Every generated value, by file below secrets/: how long it is and of what letters.
 * No punctuation: these go into URLs, SQL and configuration files.
 */
export const secretShapes: Readonly<Record<string, { readonly length: number; readonly of: string }>> = {
  "repository-cipher": { length: 48, of: upper + lower + digits },
  "powerdns-api-key": { length: 32, of: lower + digits },
  "odoo-admin-password": { length: 24, of: upper + lower + digits },
  "n8n-encryption-key": { length: 64, of: "0123456789abcdef" },
  "n8n-password": { length: 32, of: upper + lower + digits },
  // So long that it has a capital and a digit, which n8n demands.
  "n8n-owner-password": { length: 60, of: upper + lower + digits },
  "notifications-password": { length: 32, of: upper + lower + digits },
  "prober-password": { length: 32, of: upper + lower + digits },
  "load-password": { length: 32, of: upper + lower + digits },
  "third/sse-key": { length: 64, of: "0123456789abcdef" },
  ...Object.fromEntries(
    [
      ...offsiteIdentities.map((name) => [`offsite-${name}.key`, `offsite-${name}.secret`] as const),
      ...siteNames.map((site) => [`${site}/store-key`, `${site}/store-secret`] as const),
    ].flatMap(([key, secret]) => [
      [key, { length: 20, of: upper + digits }],
      [secret, { length: 40, of: upper + lower + digits }],
    ]),
  ),
};

/** Makes what is missing; a value that is there is never changed, whatever holds it would lose its data's key. */
export async function ensureValues(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const [name, shape] of Object.entries(secretShapes)) {
    const file = join(directory, name);
    if ((await readSecret(directory, name).catch(() => "")) !== "") continue;
    await writeSecret(file, randomText(shape.length, shape.of));
  }
}

export async function readSecret(directory: string, name: string): Promise<string> {
  return readFile(join(directory, name), "utf8");
}

/** Whole or not at all, readable by its owner only, no newline at the end. */
export async function writeSecret(file: string, value: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, value, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

function randomText(length: number, letters: string): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
}
