import { z } from "zod";
import { bucketName, choice, dnsName, duration, flag, integer, secret, url, word } from "./fields.ts";

const keys = () => z.strictObject({ accessKey: secret(), secretKey: secret() });

const shared = {
  /** Where Pulumi reaches the store. */
  endpoint: url(),
  /** Name by which the sites reach it; its port is the endpoint's. */
  host: dnsName(),
  /** @default "us-east-1", which stores without regions take */
  region: word().prefault("us-east-1"),
  /** The repository, under object lock. */
  bucket: bucketName(),
  /** Epoch and lease. A bucket of its own: retention there would keep an old lease alive. */
  controlBucket: bucketName(),
  /** What backup jobs and runs leave behind: their records and evidence, under object lock. */
  recordsBucket: bucketName(),
  /** Odoo's files and other documents, under object lock. */
  documentsBucket: bucketName(),
  /** The CA that signed the store's certificate. */
  ca: secret(),
};

/** `holdfast:offsite` of primary and dr: what a site needs to write, and what the other needs to read after it is lost. */
export const siteOffsiteSection = z.strictObject({
  ...shared,
  writer: keys(),
  /** Cannot write or delete: restores and rehearsals run with it. */
  reader: keys(),
  /** Writes records, and nothing else: pods that hold a restored copy run with it. */
  recorder: keys(),
  /** Writes documents, and nothing else: the pods of applications run with it. */
  documents: keys(),
});

/** `holdfast:offsite` of the offsite stack, which owns the buckets. */
export const offsiteOffsiteSection = z.strictObject({
  ...shared,
  admin: keys(),
  lock: z.strictObject({
    /**
     * GOVERNANCE can be lifted by an identity that has the right to; COMPLIANCE by nobody.
     * @default "COMPLIANCE", because an attacker may hold the admin keys
     */
    mode: choice(["COMPLIANCE", "GOVERNANCE"]).prefault("COMPLIANCE"),
    /**
     * Days for which no written object can be deleted.
     * @default 7: two days between completed daily full backups, five to notice an attack
     */
    days: integer(1, 36_500).prefault(7),
  }),
  /**
   * Days for which a deleted or overwritten version is kept.
   * @default 14, twice the lock, so that a version expired late in the lock is still readable
   */
  noncurrentDays: integer(1, 36_500).prefault(14),
  /**
   * Age at which an unfinished upload is removed.
   * @default "2 days", longer than any backup takes
   */
  abortUploadsAfter: duration(86_400).prefault("2 days"),
  /**
   * The store's own encryption, beneath pgBackRest's. `none` for a store without it.
   * @default "AES256"
   */
  encryption: choice(["AES256", "none"]).prefault("AES256"),
  /** @default true: no `destroy` removes a repository by accident */
  protect: flag().prefault(true),
});
