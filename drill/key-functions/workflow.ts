import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { KeyFunction } from "../../contract/key-function.ts";
import { sqlInDatabase } from "../in-pod.ts";
import type { StepContext } from "../step.ts";
import { answeredElsewhere, shorten, type Tried } from "./tried.ts";

export type WorkflowFunction = Extract<KeyFunction, { kind: "workflow" }>;

/** What the workflow reads: made by the seed before the loss, in n8n's own database. */
export const sampleTable = "holdfast_sample";
export const sampleQuery = `select id, name from ${sampleTable} order by id`;
const answerSchema = z.array(z.object({ id: z.coerce.number(), name: z.string() }));

/**
 * The webhook runs a workflow, which opens PostgreSQL with a credential that n8n keeps encrypted: the rows are
 * there only where key, credential, role and database all came back. They are compared with dr's own.
 */
export async function workflowAnswers(
  context: StepContext,
  { host, through, path, database }: WorkflowFunction,
  signal: AbortSignal,
): Promise<Tried> {
  const answer = await context.ports.web.request({ host, through, method: "GET", path }, signal);
  const elsewhere = answeredElsewhere(context, answer);
  if (elsewhere !== null) return elsewhere;
  const asked = `GET ${host}${path}`;
  if (answer.status !== 200)
    return { holds: false, detail: `${asked}: status ${answer.status}, ${shorten(answer.body)}` };
  const rows = answerSchema.safeParse(jsonOf(answer.body)).data;
  if (rows === undefined) return { holds: false, detail: `${asked}: no rows: ${shorten(answer.body)}` };
  const stored = (await sqlInDatabase(context, "dr", database, sampleQuery)).map(([id, name]) => ({
    id: Number(id),
    name: name ?? "",
  }));
  const holds = stored.length > 0 && isDeepStrictEqual(rows, stored);
  return {
    holds,
    detail: `${asked}: ${rows.length} rows, ${stored.length} in dr's database${holds ? "" : ", not the same"}`,
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // No JSON is no answer; the caller says what came instead.
  }
}
