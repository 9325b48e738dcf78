import type { Site, StackContract } from "../../contract/stack.ts";
import type { BackupAgeLimits } from "../backup-age.ts";
import type { DnsServer } from "../ports/names.ts";
import type { N8nLogin } from "./n8n.ts";

/** Where everything is and with whose keys, as plain values: the command line reads them from the stack files. */
export interface Places {
  readonly kubeconfig: string;
  /** PEM of the CA that signed everything below. */
  readonly ca: string;
  readonly sites: Readonly<Record<Site, SitePlace>>;
  readonly offsite: OffsitePlace;
  readonly dns: { readonly authoritatives: readonly DnsServer[]; readonly resolvers: readonly DnsServer[] };
  readonly publicName: string;
  readonly databaseName: string;
  /** Null but for a rehearsal; `sites.dr` is then the copy beside dr's own. */
  readonly canary: { readonly name: string; readonly contract: StackContract } | null;
  /** The role that the prober and the drill's own questions use. */
  readonly prober: { readonly role: string; readonly password: string; readonly database: string };
  /** What the schedules promise of the offsite repository. */
  readonly backupAge: BackupAgeLimits;
  /** Null where no stack has it. */
  readonly n8n: N8nLogin | null;
  /** Who signs in to services beside Odoo, by service. */
  readonly logins: Readonly<Record<string, { readonly user: string; readonly password: string }>>;
  readonly odoo: { readonly database: string; readonly login: string; readonly password: string };
}

export interface SitePlace {
  readonly site: Site;
  readonly stack: string;
  readonly context: string;
  readonly namespace: string;
  readonly address: string;
  readonly databasePort: number;
  readonly gatewayPort: number;
  readonly pod: DatabasePodPlace;
}

/** Names inside the database pod. */
export interface DatabasePodPlace {
  readonly pod: string;
  /** Where PostgreSQL and its sidecar's tools are. */
  readonly container: string;
  /** Containers that may hold the status file, the one that lives longest first. */
  readonly statusContainers: readonly string[];
  readonly statusFile: string;
  readonly configDirectory: string;
  readonly stanza: string;
  /** What a command of pgBackRest that asks the third place has to have in its environment. */
  readonly offsiteEnvironment: Readonly<Record<string, string>>;
}

export interface OffsitePlace {
  readonly endpoint: string;
  /** The name in its certificate. */
  readonly host: string;
  readonly region: string;
  readonly bucket: string;
  readonly controlBucket: string;
  readonly recordsBucket: string;
  readonly epochKey: string;
  readonly writer: S3Identity;
  /** Adds to the records, and nothing else. */
  readonly recorder: S3Identity;
  readonly reader: S3Identity;
}

/** Keys, or an IAM role that is taken with the AWS credentials of whoever runs this. */
export type S3Identity = S3Keys | { readonly role: string };

export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}
