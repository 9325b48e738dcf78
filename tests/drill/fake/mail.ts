import { z } from "zod";
import type { OdooValue, SinkPort, SunkMessage } from "../../../drill/ports/applications.ts";
import type { Clock } from "../../../drill/ports/host.ts";
import { PortError } from "../../../drill/ports/port-error.ts";

/** Which of the copy's mails get out, or what keeps the sink from telling. */
export interface MailFaults {
  /** The queue's, because it was not held; or any, because its server still works. */
  readonly copySends?: "queued" | "made there";
  /** Since the loss. */
  readonly sinkUnreadable?: boolean;
  /** Started anew since the loss. */
  readonly sinkForgets?: boolean;
  /** Primary's way to the sink is shut. */
  readonly sinkUnreached?: boolean;
  /** It goes to a server that is not the sink. */
  readonly copySendsElsewhere?: boolean;
  /** It lets nobody make a mail. */
  readonly copyRefuses?: boolean;
}

interface Mail {
  readonly id: number;
  readonly subject: string;
  state: string;
}

const valuesSchema = z
  .array(z.array(z.record(z.string(), z.unknown())))
  .transform((args) => args[0]?.[0] ?? {});
const idsSchema = z.array(z.unknown()).transform(([ids]) => z.array(z.number()).parse(ids));

/**
 * Odoo's mail at production and in a copy of it, and the sink that both would reach. A copy has what production had
 * when it was first asked, neutralised: what was queued is held, and its server's name leads nowhere.
 */
export function createFakeMail(clock: Clock, faults: MailFaults, isLost: () => boolean) {
  let heard: SunkMessage[] = [];
  let lastId = 0;
  const production = { mails: new Map<number, Mail>(), servers: new Map<number, string>() };
  let copied: typeof production | null = null;

  function copy(): typeof production {
    copied ??= {
      mails: new Map(
        [...production.mails].map(([id, mail]) => {
          const holds = mail.state === "outgoing" && faults.copySends !== "queued";
          return [id, { ...mail, state: holds ? "exception" : mail.state }];
        }),
      ),
      servers: new Map(production.servers),
    };
    return copied;
  }

  function send(place: typeof production, id: number, from: string, leadsThere: boolean): void {
    const mail = place.mails.get(id);
    if (mail?.state !== "outgoing") return; // Odoo passes it over, whoever asks
    const elsewhere = faults.copySendsElsewhere === true && place !== production;
    mail.state = leadsThere || elsewhere ? "sent" : "exception";
    if (leadsThere)
      heard.push({ id: `m${heard.length + 1}`, subject: mail.subject, from, atMs: clock.now() });
  }

  function execute(
    isCopy: boolean,
    model: "ir.mail_server" | "mail.mail",
    method: string,
    args: readonly OdooValue[],
  ): OdooValue {
    if (isCopy && faults.copyRefuses === true && method === "create") throw new Error("AccessError");
    const place = isCopy ? copy() : production;
    const rows: Map<number, unknown> = model === "mail.mail" ? place.mails : place.servers;
    switch (method) {
      case "create": {
        const values = valuesSchema.parse(args);
        lastId += 1;
        if (model === "mail.mail")
          place.mails.set(lastId, {
            id: lastId,
            subject: String(values.subject),
            state: "outgoing",
          });
        else place.servers.set(lastId, String(values.name));
        return [lastId];
      }
      case "send": {
        const leadsThere = isCopy ? faults.copySends !== undefined : faults.sinkUnreached !== true;
        for (const id of idsSchema.parse(args))
          send(place, id, isCopy ? "198.18.128.9" : "198.18.64.9", leadsThere);
        return null;
      }
      case "search":
        return [...rows.keys()];
      case "search_read": {
        const id = z.array(z.array(z.array(z.unknown()))).parse([args[0]])[0]?.[0]?.[2];
        const mail = place.mails.get(Number(id));
        return mail === undefined ? [] : [{ id: mail.id, state: mail.state }];
      }
      case "unlink":
        for (const id of idsSchema.parse(args)) rows.delete(id);
        return true;
      default:
        throw new Error(`the fake Odoo has no ${model}.${method}`);
    }
  }

  const sink: SinkPort = {
    smtp: { host: "198.18.0.23", port: 25 },
    async messages(subject) {
      if (isLost() && faults.sinkUnreadable === true) throw new PortError("sink", "connect ECONNREFUSED");
      if (isLost() && faults.sinkForgets === true) heard = [];
      return heard.filter((message) => message.subject.includes(subject));
    },
  };
  return {
    sink,
    execute,
    /** Rows of production's, and of the copy's where anybody asked it. */
    left: () => ({
      production: [...production.mails.values(), ...production.servers.values()],
      copy: copied === null ? null : [...copied.mails.values(), ...copied.servers.values()],
    }),
    heard: () => heard,
  };
}
