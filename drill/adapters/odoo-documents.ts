import { createHash, randomBytes } from "node:crypto";
import { z } from "zod";
import type { DocumentAction } from "../prober/ports.ts";
import type { OdooTarget } from "./odoo-rpc.ts";
import { signedIn } from "./odoo-signed-in.ts";

/** Uploads attachments of random bytes: no two are alike, so each is a file of its own. */
export function createDocumentUser(target: OdooTarget, bytes: number): DocumentAction {
  const asUser = signedIn(target);
  return {
    upload: async (address, title, signal) => {
      const contents = randomBytes(bytes);
      const values = [{ name: title, datas: contents.toString("base64") }];
      const recordId = await asUser(address, signal, async (connection) =>
        z
          .number()
          .int()
          .parse(await connection.execute("ir.attachment", "create", values, {}, signal)),
      );
      return { recordId, bytes, name: filestoreName(contents) };
    },
  };
}

/** Where Odoo keeps it, below its database's folder: the digest of the contents. */
export function filestoreName(contents: Uint8Array): string {
  const digest = createHash("sha1").update(contents).digest("hex");
  return `${digest.slice(0, 2)}/${digest}`;
}
