import { z } from "zod";
import { attempt } from "./attempt.ts";
import type { OdooSession, OdooValue } from "./ports/applications.ts";

/** A run's own mail in Odoo: every row that it makes has the run's name, so that all of it can be found again. */

/** Of every subject, and of the mail server's record. The colon ends the id: another run's may begin with it. */
export const runMark = (run: string): string => `holdfast drill ${run}:`;

/** Domains of RFC 2606: nobody's. */
const sender = "holdfast-drill@example.com";
const recipient = "nobody@example.com";

/** Odoo's queue leaves a mail alone until then; whoever presses "Send now" does not wait for it. */
const notByItself = "2999-01-01 00:00:00";

type Kind = "sent by primary" | "held in primary's queue" | "made in the copy";

export interface RunMail {
  /** Odoo sends what names a server through it and through no other, so production's own mail goes the way it went. */
  readonly createServer: (smtp: { readonly host: string; readonly port: number }) => Promise<number>;
  /** State `outgoing`; one that is held stays so until somebody sends it. */
  readonly createMail: (kind: Kind, server: number, held: boolean) => Promise<number>;
  /** As the button does it: at once, whatever its scheduled date. What fails is noted in the mail, but for `loud`. */
  readonly send: (mail: number, loud: boolean) => Promise<void>;
  /** `outgoing`, `sent`, `exception`, ...; null where there is no such mail of this run. */
  readonly stateOf: (mail: number) => Promise<string | null>;
  /** Everything of this run, whoever made it. */
  readonly remove: () => Promise<void>;
}

const idSchema = z.union([z.number().int(), z.array(z.number().int()).length(1)]);
const statesSchema = z.array(z.object({ state: z.string() }));

export function runMail(session: OdooSession, run: string, signal: AbortSignal): RunMail {
  const mark = runMark(run);
  const call = (
    what: string,
    model: string,
    method: string,
    args: readonly OdooValue[],
  ): Promise<OdooValue> => attempt(what, session.execute(model, method, args, signal));
  const create = async (what: string, model: string, values: Readonly<Record<string, OdooValue>>) =>
    Number([idSchema.parse(await call(what, model, "create", [[values]]))].flat()[0]);

  async function removeAll(model: string, domain: readonly OdooValue[]): Promise<void> {
    const found = z.array(z.number().int()).parse(await call(`find ${model}`, model, "search", [domain]));
    if (found.length > 0) await call(`remove ${model}`, model, "unlink", [found]);
  }

  return {
    createServer: ({ host, port }) =>
      create("create a mail server", "ir.mail_server", {
        name: `${mark} the sink`,
        smtp_host: host,
        smtp_port: port,
        smtp_encryption: "none",
        // Last of all: mail that names no server takes the first.
        sequence: 1000,
      }),
    createMail: (kind, server, held) =>
      create("create a mail", "mail.mail", {
        subject: `${mark} ${kind}`,
        body_html: "<p>A drill's own mail. Nobody has to do anything.</p>",
        email_from: sender,
        reply_to: sender,
        email_to: recipient,
        mail_server_id: server,
        // Of a record that this user may write: Odoo lets nobody remove a message that belongs to none.
        model: "ir.mail_server",
        res_id: server,
        state: "outgoing",
        auto_delete: false,
        ...(held ? { scheduled_date: notByItself } : {}),
      }),
    // Its arguments after the mails: commit by itself, raise what goes wrong.
    send: async (mail, loud) => void (await call("send a mail", "mail.mail", "send", [[mail], false, loud])),
    stateOf: async (mail) => {
      const domain = [
        ["id", "=", mail],
        ["subject", "like", mark],
      ];
      const rows = await call("read a mail", "mail.mail", "search_read", [domain, ["state"]]);
      return statesSchema.parse(rows)[0]?.state ?? null;
    },
    async remove() {
      // The mails first: who may write their server may remove them. An archived one is found only by those who ask for it.
      await removeAll("mail.mail", [["subject", "like", mark]]);
      await removeAll("ir.mail_server", [
        ["name", "like", mark],
        ["active", "in", [true, false]],
      ]);
    },
  };
}
