import type { Site } from "../../../contract/stack.ts";
import type { CertificateSeen } from "../../../drill/ports/names.ts";
import type { StoredSet } from "../../../drill/ports/repository.ts";
import type { MailFaults } from "./mail.ts";

/** What a test may make go wrong; each is one thing. */
export interface WorldFaults extends MailFaults {
  /** As a user without the lab has it. */
  readonly noSink?: boolean;
  /** The writer's keys can delete a version. */
  readonly lockOff?: boolean;
  readonly upFails?: string;
  readonly stewardError?: string;
  /** dr holds the epoch, and its restore had been refused; the next `up` of dr goes through. */
  readonly halfDone?: boolean;
  /** Its API server is never reached. */
  readonly unreachableSite?: Site;
  /** Draining, its last WAL never arrives. */
  readonly neverDrained?: boolean;
  readonly lostSeconds?: number;
  readonly hole?: boolean;
  readonly dnsRefused?: boolean;
  readonly repositoryDeleted?: boolean;
  readonly backupsDoNothing?: boolean;
  readonly otherSystem?: boolean;
  readonly serveAfterMs?: number;
  readonly segmentMissing?: boolean;
  /** Nothing that is uploaded reaches the third place, but for the run's own document. */
  readonly documentsStay?: boolean;
  /** A row names a file that is nowhere. */
  readonly fileMissing?: boolean;
  /** A row of the last seconds, recovered, whose file was still on its way. */
  readonly fileOnItsWay?: boolean;
  /** What is downloaded is not what was uploaded. */
  readonly documentSpoilt?: boolean;
  /** The key function of that id does not hold at dr. */
  readonly keyFunctionFails?: string;
  /** Its image is wrong, say: not one of its pods is ever ready. */
  readonly serviceMissing?: string;
  /** The clock of the holder's database, beside the operator's. */
  readonly databaseSkewMs?: number;
  readonly storeSkewMs?: number;
  readonly certificates?: readonly CertificateSeen[];
  readonly storedSets?: readonly StoredSet[];
  /** As many as Odoo counts, of 212 in the database. */
  readonly contacts?: number;
  readonly seededPartners?: number;
  /** Users who are sent to dr fail once its share is this high. */
  readonly failsFromShare?: number;
  /** A name server that takes every change and goes on serving the old one. */
  readonly staleServer?: string;
  readonly ttlSeconds?: number;
  /** Of the repository, as dr's secret has it; null: the secret is not there. */
  readonly drPassphrase?: string | null;
  /** Capacity of dr's volume, as the API server says it. */
  readonly drVolume?: string;
  /** Its claim has no volume yet, and asks for so much. */
  readonly drVolumeAsked?: string;
  /** What a rehearsal leaves although its stack is destroyed. */
  readonly leftover?: "namespace" | "volume" | "name" | "state";
  /** What happens to production while a rehearsal runs. */
  readonly meanwhile?:
    | "archived-elsewhere"
    | "fork"
    | "deleted"
    | "canary-row"
    | "document"
    | "outage"
    | "epoch"
    | "weights";
}
