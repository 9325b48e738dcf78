import { z } from "zod";
import type { OdooPort, OdooSession, OdooValue } from "../ports/applications.ts";
import { PortError } from "../ports/port-error.ts";
import type { NameResolver } from "../prober/ports.ts";
import { messageOf, withDeadline } from "./deadline.ts";
import { connectOdoo, OdooError, type OdooTarget } from "./odoo-rpc.ts";

/** A first call after a start loads Odoo's registry; an import of contacts takes its time too. */
const callTimeoutMs = 60_000;

const odooValueSchema: z.ZodType<OdooValue> = z.lazy(() =>
  z.union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.array(odooValueSchema),
    z.record(z.string(), odooValueSchema),
  ]),
);

export function createOdooPort(target: OdooTarget, resolver: NameResolver): OdooPort {
  async function addressOf(signal: AbortSignal): Promise<string> {
    const address = (await resolver.resolve(target.host, signal))[0];
    if (address === undefined) throw new Error(`${target.host} has no address`);
    return address;
  }

  /** Lost connections are `PortError`; what Odoo itself said stays an `OdooError`. */
  async function guarded<T>(
    what: string,
    signal: AbortSignal,
    work: (limit: AbortSignal) => Promise<T>,
  ): Promise<T> {
    try {
      return await withDeadline(callTimeoutMs, signal, work);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof OdooError) throw error;
      throw new PortError("odoo", `${what}: ${messageOf(error)}`, { cause: error });
    }
  }

  return {
    login: (outer) =>
      guarded(`sign in at ${target.host}`, outer, async (signal): Promise<OdooSession> => {
        const state = { cookie: null, uid: null };
        const address = await addressOf(signal);
        const connection = connectOdoo(target, address, state);
        try {
          const uid = await connection.authenticate(signal);
          return {
            uid,
            address,
            execute: (model, method, args, caller) => execute(state, model, method, args, caller),
          };
        } finally {
          connection.close();
        }
      }),
  };

  function execute(
    state: { cookie: string | null; uid: number | null },
    model: string,
    method: string,
    args: readonly OdooValue[],
    outer: AbortSignal,
  ): Promise<OdooValue> {
    return guarded(`${model}.${method} at ${target.host}`, outer, async (signal) => {
      const connection = connectOdoo(target, await addressOf(signal), state);
      try {
        return odooValueSchema.parse((await connection.execute(model, method, args, {}, signal)) ?? null);
      } finally {
        connection.close();
      }
    });
  }
}
