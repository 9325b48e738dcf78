import { createHash } from "node:crypto";
import { z } from "zod";
import type { OdooPort, OdooValue } from "../../../drill/ports/applications.ts";
import { PortError } from "../../../drill/ports/port-error.ts";
import { addresses } from "./contracts.ts";
import type { createFakeMail } from "./mail.ts";
import type { WorldState } from "./state.ts";

/** Of a file of Odoo's in the third place. */
export const documentKey = (name: string): string => `odoo/filestore/odoo/${name}`;

/** Odoo through a name that leads to an address, or nowhere yet: then it is null. */
export function createFakeOdoo(state: WorldState, mail: ReturnType<typeof createFakeMail>) {
  const { faults } = state;
  let documentText = "";

  function attachment(method: string, args: readonly OdooValue[]) {
    if (method === "read") {
      const spoilt = faults.documentSpoilt || faults.keyFunctionFails === "document";
      return [{ datas: spoilt ? "c3BvaWx0" : documentText }];
    }
    const [values] = z.array(z.array(z.object({ datas: z.string() }))).parse(args);
    documentText = values?.[0]?.datas ?? "";
    const digest = createHash("sha1").update(Buffer.from(documentText, "base64")).digest("hex");
    state.documentName = `${digest.slice(0, 2)}/${digest}`;
    state.s3.put(documentKey(state.documentName), "document");
    return [9];
  }

  return (address: () => string | null): OdooPort => ({
    async login() {
      const at = address();
      if (at === null) throw new PortError("odoo", "the name has no address");
      const isDr = at === addresses.dr;
      return {
        uid: 2,
        address: at,
        async execute(model, method, args) {
          if (model === "mail.mail" || model === "ir.mail_server")
            return mail.execute(isDr, model, method, args);
          if (method === "search_count" && JSON.stringify(args) === "[[]]") return faults.contacts ?? 212;
          if (method === "search_count")
            return faults.keyFunctionFails === "read" && isDr ? state.partners - 1 : state.partners;
          if (model === "ir.attachment") return attachment(method, args);
          const rows = z.array(z.array(z.object({ ref: z.string() }))).parse(args)[0] ?? [];
          if (rows[0]?.ref.startsWith("holdfast-run-"))
            state.runPartners += faults.keyFunctionFails === "write" ? 0 : rows.length;
          else state.partners += rows.length;
          return rows.map((_, index) => index + 1);
        },
      };
    },
  });
}
