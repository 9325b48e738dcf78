// Stand-in for Pulumi's provider cloudflare: the lab's alone.
import type { StandInClients } from "../define.ts";
import type { Mirror } from "../mirror.ts";
import type { Account, AccountFile, Kind } from "./account.ts";
import { answersOf } from "./steering.ts";

export class CloudflareClients implements StandInClients {
  readonly region = "";
  readonly defaultTags = {};
  readonly file: AccountFile;
  readonly #mirror: Mirror | undefined;

  constructor(file: AccountFile, mirror: Mirror | undefined) {
    this.file = file;
    this.#mirror = mirror;
  }

  /** Every resource names its account or zone itself. */
  async account(): Promise<string> {
    return "";
  }

  /** One object as it is; `undefined` when it is gone. */
  async get<K extends Kind>(kind: K, id: string): Promise<Account[K][string] | undefined> {
    return (await this.file.read())[kind][id] as Account[K][string] | undefined;
  }

  /** The name's answer in the lab's name servers, after a change of anything that it comes from. */
  async answer(name: string): Promise<void> {
    await this.#mirror?.answer(name, async () => {
      const account = await this.file.read();
      const balancer = Object.values(account.loadBalancers).find((each) => each.name === name);
      if (balancer !== undefined) return { ttl: balancer.ttl ?? 30, targets: answersOf(account, balancer) };
      const records = Object.values(account.records).filter(
        (each) => each.name === name && each.type === "A",
      );
      return {
        ttl: records[0]?.ttl ?? 60,
        targets: records.map(({ content = "" }) => ({ address: content, weight: 1 })),
      };
    });
  }

  /** After a pool has changed: of all that answer with it. */
  async answerOf(pool: string): Promise<void> {
    const { loadBalancers } = await this.file.read();
    const using = Object.values(loadBalancers).filter(
      ({ defaultPools, fallbackPool }) => defaultPools.includes(pool) || fallbackPool === pool,
    );
    for (const { name } of using) await this.answer(name);
  }
}
