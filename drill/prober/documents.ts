import type { DocumentAction, DocumentReceipt } from "./ports.ts";
import type { PublicAction } from "./public-name.ts";

/** A user who uploads a document: what a loss takes of files is counted by these. */
export function documentAction(documents: DocumentAction): PublicAction<DocumentReceipt> {
  return {
    act: documents.upload,
    succeeded: (common, receipt) => ({ kind: "document", ok: true, ...common, ...receipt, error: null }),
    failed: (common, error) => ({
      kind: "document",
      ok: false,
      ...common,
      name: null,
      bytes: null,
      recordId: null,
      error,
    }),
  };
}
