import { connect } from "node:net";
import pg from "pg";
import type { Present } from "../../contract/ledger.ts";
import type { Site } from "../../contract/stack.ts";
import type { PgPort, SqlRow } from "../ports/database.ts";
import { PortError } from "../ports/port-error.ts";
import { messageOf, withDeadline } from "./deadline.ts";
import type { Places } from "./places.ts";

const connectMs = 3000;
const queryMs = 30_000;
const knockMs = 2000;

/** Numbers and truth values as such; everything else (LSN, bigint, time) as PostgreSQL writes it. */
const types = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === 16 || oid === 21 || oid === 23 || oid === 701
      ? pg.types.getTypeParser(oid, format ?? "text")
      : (text: string) => text,
};

export function createPgPort(places: Pick<Places, "sites" | "prober" | "databaseName" | "ca">): PgPort {
  return {
    query: async (site, sql, params, signal) => {
      const place = places.sites[site];
      const client = new pg.Client({
        host: place.address,
        port: place.databasePort,
        user: places.prober.role,
        password: places.prober.password,
        database: places.prober.database,
        // The site's own address is dialled, whatever the name says now; the certificate is for the name.
        ssl: { ca: places.ca, servername: places.databaseName },
        connectionTimeoutMillis: connectMs,
        query_timeout: queryMs,
        application_name: "holdfast drill",
        types,
      });
      client.on("error", () => undefined); // the query's own rejection tells the same
      try {
        return await withDeadline(connectMs + queryMs, signal, async () => {
          await client.connect();
          return (await client.query<SqlRow>(sql, [...params])).rows;
        });
      } catch (cause) {
        signal.throwIfAborted();
        // What the server refuses while it comes up (starting, no such table yet) is "not yet" for whoever polls.
        throw new PortError(`database ${site}`, describe(cause), { cause });
      } finally {
        client.connection.stream.destroy();
      }
    },
    knock: (site, service, signal) => {
      const place = places.sites[site];
      return knock(place.address, service === "database" ? place.databasePort : place.gatewayPort, signal);
    },
  };
}

function describe(error: unknown): string {
  return error instanceof pg.DatabaseError
    ? `${error.message} (SQLSTATE ${error.code ?? "?"})`
    : messageOf(error);
}

export function knock(
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<{ readonly open: boolean; readonly detail: string }> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const end = (open: boolean, detail: string): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      socket.destroy();
      resolve({ open, detail });
    };
    const abort = (): void => end(false, "not asked: aborted");
    const timer = setTimeout(() => end(false, `no answer within ${knockMs} ms`), knockMs);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    socket.once("connect", () => end(true, "accepts connections"));
    socket.on("error", (error) => end(false, messageOf(error)));
  });
}

const writers = [
  { writer: "heartbeat", table: "holdfast.heartbeat" },
  { writer: "load", table: "holdfast.load_row" },
] as const;

/** The numbers of an epoch that are there, as ranges without gaps. */
export async function readPresent(
  pgPort: PgPort,
  site: Site,
  epoch: number,
  signal: AbortSignal,
): Promise<readonly Present[]> {
  const present: Present[] = [];
  for (const { writer, table } of writers) {
    const rows = await pgPort.query(
      site,
      `select min(number) as first, max(number) as last
         from (select number, number - row_number() over (order by number) as island from ${table} where epoch = $1) n
        group by island order by 1`,
      [epoch],
      signal,
    );
    present.push({ writer, epoch, ranges: rows.map((row) => [Number(row.first), Number(row.last)]) });
  }
  return present;
}
