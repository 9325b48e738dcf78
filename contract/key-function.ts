import { z } from "zod";

/** Of n8n's workflow that a drill makes and asks for: what is neutralised leaves it on. */
export const drillWorkflow = "holdfast drill";

/** What a person does with a service, and a drill does through the public name. In a verdict it goes by its id. */
export const keyFunctionSchema = z.discriminatedUnion("kind", [
  /** One of Odoo's: login, read, write, document. */
  z.object({ id: z.string(), kind: z.literal("odoo") }),
  /** One request and what its answer has to be. */
  z.object({
    id: z.string(),
    kind: z.literal("http"),
    /** The name that is asked for, and the one whose address is asked: another only in a rehearsal. */
    host: z.string(),
    through: z.string(),
    method: z.enum(["GET", "HEAD", "POST"]),
    path: z.string(),
    status: z.number().int(),
    /** A regular expression for the body; null lets any pass. */
    matches: z.string().nullable(),
  }),
  /** The gateway serves no name that nobody declared. */
  z.object({ id: z.string(), kind: z.literal("unknown-host"), host: z.string(), through: z.string() }),
  /** The gateway's certificate is for the name, and the business's authority signed it. */
  z.object({ id: z.string(), kind: z.literal("tls"), host: z.string(), through: z.string() }),
  /** A webhook of n8n runs a workflow, whose stored credential opens PostgreSQL: the rows are the answer. */
  z.object({
    id: z.string(),
    kind: z.literal("workflow"),
    host: z.string(),
    through: z.string(),
    path: z.string(),
    /** Whose rows, as the workflow reads them. */
    database: z.string(),
    role: z.string(),
    /** Whose owner makes the workflow where it is not there yet. */
    service: z.string(),
  }),
  /** A message that one publishes reaches another who subscribed. */
  z.object({
    id: z.string(),
    kind: z.literal("publish-subscribe"),
    host: z.string(),
    through: z.string(),
    topic: z.string(),
    /** Whose user publishes and subscribes. */
    service: z.string(),
  }),
]);

export type KeyFunction = z.infer<typeof keyFunctionSchema>;
