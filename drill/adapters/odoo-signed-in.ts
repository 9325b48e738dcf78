import { connectOdoo, isSessionLost, type OdooConnection, type OdooTarget } from "./odoo-rpc.ts";

/** Work of one user at an address, on one connection. */
export type SignedIn = <T>(
  address: string,
  signal: AbortSignal,
  work: (connection: OdooConnection) => Promise<T>,
) => Promise<T>;

/** A user who is signed in once, and again when the session is lost: the work is then done anew. */
export function signedIn(target: OdooTarget): SignedIn {
  const state = { cookie: null as string | null, uid: null as number | null };
  return async (address, signal, work) => {
    const connection = connectOdoo(target, address, state);
    try {
      if (state.uid === null) await connection.authenticate(signal);
      try {
        return await work(connection);
      } catch (error) {
        if (!isSessionLost(error)) throw error;
        await connection.authenticate(signal);
        return await work(connection);
      }
    } finally {
      connection.close();
    }
  };
}
