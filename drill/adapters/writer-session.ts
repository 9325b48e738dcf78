import pg from "pg";
import { z } from "zod";
import {
  type CommitReceipt,
  CommitRefused,
  type SessionOpener,
  type WriterSession,
} from "../prober/ports.ts";
import { proberTimeouts } from "../prober/settings.ts";
import { messageOf, withDeadline } from "./deadline.ts";

export interface WriterTarget {
  readonly writer: "heartbeat" | "load";
  /** Name in the certificate; the address is given to `open`. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly role: string;
  readonly password: string;
  readonly ca: string;
  /** Bytes of filling in each row; only the load's rows have any. */
  readonly payloadBytes: number;
}

const openedSchema = z.object({ epoch: z.coerce.number().int(), highest: z.coerce.number().int() });
const receiptSchema = z.object({
  lsn: z.string(),
  timeline: z.coerce.number().int(),
  epoch: z.coerce.number().int(),
});

export function createSessionOpener(target: WriterTarget): SessionOpener {
  return { open: (address, signal) => openSession(target, address, signal) };
}

async function openSession(
  target: WriterTarget,
  address: string,
  signal: AbortSignal,
): Promise<WriterSession> {
  const client = new pg.Client({
    host: address,
    port: target.port,
    user: target.role,
    password: target.password,
    database: target.database,
    // The certificate must be for the name, although the address is dialled.
    ssl: { ca: target.ca, servername: target.host },
    connectionTimeoutMillis: proberTimeouts.connectMs,
    query_timeout: proberTimeouts.commitMs,
    application_name: `holdfast ${target.writer}`,
    keepAlive: true,
  });
  let broken = false;
  client.on("error", () => {
    broken = true; // without a listener a dead site would end the prober
  });
  const close = (): void => destroy(client);
  try {
    const { epoch, highest } = await withDeadline(2 * proberTimeouts.connectMs, signal, async () => {
      await client.connect();
      // On even where the server's default was turned off; a row that hangs longer than we wait is given up there too.
      await client.query(`set synchronous_commit = on; set statement_timeout = ${proberTimeouts.commitMs}`);
      const { rows } = await client.query(
        `select t.epoch, (select coalesce(max(r.number), 0) from holdfast.${tables[target.writer]} r where r.epoch = t.epoch) as highest
           from (select max(epoch) as epoch from holdfast.term) t`,
      );
      const parsed = openedSchema.safeParse(rows[0]);
      if (!parsed.success) throw new Error("the database knows no term yet");
      return parsed.data;
    });
    return {
      address,
      epoch,
      highest,
      close,
      alive: () => !broken,
      commit: async (number) => {
        try {
          return receiptOf(await client.query(commitStatement(target, epoch, number)));
        } catch (error) {
          throw refusedByServer(error) ? new CommitRefused(messageOf(error), { cause: error }) : error;
        }
      },
    };
  } catch (cause) {
    close();
    throw new Error(`${address}: ${messageOf(cause)}`, { cause });
  }
}

const tables = { heartbeat: "heartbeat", load: "load_row" } as const;

/**
 * One round trip: the commit, and after it what the server had flushed. The flushed
 * position is read after the commit was acknowledged to itself, so the commit's record
 * lies at or before it. Plain text, because only the simple protocol takes several
 * statements; every value in it is a number.
 */
export function commitStatement(
  target: Pick<WriterTarget, "writer" | "payloadBytes">,
  epoch: number,
  number: number,
): string {
  const row =
    target.writer === "heartbeat"
      ? `insert into holdfast.heartbeat (epoch, number) values (${epoch}, ${number})`
      : `insert into holdfast.load_row (epoch, number, payload) values (${epoch}, ${number}, ${fillingOf(number, target.payloadBytes)})`;
  return `begin; ${row}; commit; select w.lsn::text as lsn, ('x' || left(pg_walfile_name(w.lsn), 8))::bit(32)::int as timeline, (select max(epoch) from holdfast.term) as epoch from (select pg_current_wal_flush_lsn() as lsn) w`;
}

/** Digests, so that the rows do not compress away in the archive; made there, so that they cost no traffic here. */
function fillingOf(number: number, bytes: number): string {
  if (bytes === 0) return "''";
  return `(select left(string_agg(md5(i::text || ':${number}'), ''), ${bytes}) from generate_series(1, ${Math.ceil(bytes / 32)}) i)`;
}

/** node-postgres answers several statements with an array of results, one a statement. */
function receiptOf(results: unknown): CommitReceipt {
  const last = z
    .array(z.object({ rows: z.array(z.unknown()) }))
    .parse(results)
    .at(-1);
  return receiptSchema.parse(last?.rows[0]);
}

/**
 * An ERROR rolled the transaction back. A FATAL may come after the commit, and so may the
 * cancelling of the last select (57014).
 */
export function refusedByServer(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.severity === "ERROR" && error.code !== "57014";
}

/** `end` says goodbye and waits for the answer; a dead site gives none. */
function destroy(client: pg.Client): void {
  const { stream } = client.connection;
  stream.destroy();
}
