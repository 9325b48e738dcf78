// Stand-in for Pulumi's provider cloudflare: the lab's alone.
import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { withLock } from "../../cache/lock.ts";

/** Everything in the account, by kind and id: what a stack gave, as it gave it. */
export interface Account {
  readonly monitors: Readonly<Record<string, Monitor>>;
  readonly pools: Readonly<Record<string, Pool>>;
  readonly loadBalancers: Readonly<Record<string, LoadBalancer>>;
  readonly records: Readonly<Record<string, DnsRecord>>;
}
export type Kind = keyof Account;

export interface Monitor {
  readonly accountId: string;
}

export interface Pool {
  readonly accountId: string;
  readonly name: string;
  readonly enabled?: boolean;
  readonly monitor?: string | undefined;
  readonly origins: readonly {
    readonly address?: string;
    readonly enabled?: boolean;
    readonly weight?: number;
  }[];
}

export interface LoadBalancer {
  readonly zoneId: string;
  readonly name: string;
  readonly ttl?: number;
  readonly enabled?: boolean;
  readonly proxied?: boolean;
  readonly defaultPools: readonly string[];
  readonly fallbackPool: string;
  readonly steeringPolicy?: string;
  readonly randomSteering?: {
    readonly defaultWeight?: number;
    readonly poolWeights?: Readonly<Record<string, number>>;
  };
}

export interface DnsRecord {
  readonly zoneId: string;
  readonly name: string;
  readonly type: string;
  readonly ttl: number;
  readonly content?: string;
  readonly proxied?: boolean;
}

const EMPTY: Account = { monitors: {}, pools: {}, loadBalancers: {}, records: {} };

/** The account in one file: a change is read, made and written under a lock, and seen whole or not at all. */
export class AccountFile {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  async read(): Promise<Account> {
    try {
      return JSON.parse(await readFile(this.#file, "utf8")) as Account;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return EMPTY;
      throw error;
    }
  }

  /** `change` gives the account after it, or throws what the service would answer. */
  async change(change: (account: Account) => Account): Promise<void> {
    const folder = path.dirname(this.#file);
    await mkdir(folder, { recursive: true });
    await withLock(folder, `.${path.basename(this.#file)}.lock`, async () => {
      const after = change(await this.read());
      const draft = `${this.#file}.${randomBytes(4).toString("hex")}`;
      await writeFile(draft, `${JSON.stringify(after, null, 2)}\n`);
      await rename(draft, this.#file);
    });
  }
}

/** Ids are 32 hexadecimal digits, as Cloudflare's are. */
export function newId(): string {
  return randomBytes(16).toString("hex");
}
