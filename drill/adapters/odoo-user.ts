import { z } from "zod";
import type { UserAction, UserProof } from "../prober/ports.ts";
import type { OdooConnection, OdooTarget } from "./odoo-rpc.ts";
import { signedIn } from "./odoo-signed-in.ts";

const parameterNames = { epoch: "holdfast.epoch", site: "holdfast.site" } as const;
const readBackSchema = z.array(z.object({ name: z.string() }));
const parametersSchema = z.array(
  z.object({ key: z.string(), value: z.union([z.string(), z.literal(false)]) }),
);

/** The user that the prober plays: a contact written and read back, then who answered. */
export function createOdooUser(target: OdooTarget): UserAction {
  const asUser = signedIn(target);
  return {
    transact: (address, reference, signal) =>
      asUser(address, signal, (connection) => write(connection, reference, signal)),
  };
}

async function write(connection: OdooConnection, reference: string, signal: AbortSignal): Promise<UserProof> {
  const recordId = z
    .number()
    .int()
    .parse(await connection.execute("res.partner", "create", [{ name: reference }], {}, signal));
  const read = readBackSchema.parse(
    await connection.execute("res.partner", "read", [[recordId], ["name"]], {}, signal),
  );
  if (read[0]?.name !== reference)
    throw new Error(
      `partner ${recordId} was read back as ${read[0]?.name ?? "nothing"}, written as ${reference}`,
    );
  // After the write, on the same connection: these rows lie in the database that took it.
  const domain = [["key", "in", Object.values(parameterNames)]];
  const rows = parametersSchema.parse(
    await connection.execute("ir.config_parameter", "search_read", [domain, ["key", "value"]], {}, signal),
  );
  return { recordId, ...proofOf(rows) };
}

export function proofOf(
  rows: readonly { readonly key: string; readonly value: string | false }[],
): Pick<UserProof, "epoch" | "site"> {
  const value = (key: string): string | null => rows.find((row) => row.key === key)?.value || null;
  const epoch = value(parameterNames.epoch);
  return {
    epoch: epoch !== null && /^\d+$/.test(epoch) ? Number(epoch) : null,
    site: value(parameterNames.site),
  };
}
