import { setTimeout as sleep } from "node:timers/promises";
import type { OdooConnection } from "../../../drill/adapters/odoo-rpc.ts";

/**
 * What a rollout gives for a while although nothing is wrong: the gateway has nobody to ask yet (a node's proxy learns
 * of a new pod after the rollout is done), or a connection is not made in time. Nothing was done then, or nothing that
 * may not be done again; any other answer is one.
 */
const notThereYet = /: HTTP 50[234]$|ECONNREFUSED|no connection within/;

/** As a person who tries again: the same calls, for as long as nobody is there. What was last said is in the error. */
export function patientUser(odoo: OdooConnection, withinMs = 180_000): OdooConnection {
  const patiently = async <T>(work: () => Promise<T>): Promise<T> => {
    const deadline = performance.now() + withinMs;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof Error) || !notThereYet.test(error.message)) throw error;
        if (performance.now() > deadline)
          throw new Error(`Odoo did not answer within ${withinMs / 1000} s; last seen: ${error.message}`);
        await sleep(1_000);
      }
    }
  };
  return {
    authenticate: (signal) => patiently(() => odoo.authenticate(signal)),
    execute: (...call) => patiently(() => odoo.execute(...call)),
    close: () => odoo.close(),
  };
}
