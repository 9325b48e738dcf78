import { z } from "zod";
import type { WebAnswer, WebPort, WorkflowPort, WorkflowToPublish } from "../ports/applications.ts";
import { PortError } from "../ports/port-error.ts";

/** Who owns n8n, and what its workflows open the database with. */
export interface N8nLogin {
  readonly email: string;
  readonly password: string;
  readonly database: {
    readonly host: string;
    readonly port: number;
    readonly name: string;
    readonly role: string;
    readonly password: string;
  };
}

const made = z.object({ data: z.object({ id: z.string(), versionId: z.string().optional() }) });

/** n8n's own interface, as its editor uses it: a credential, a workflow that needs it, and that published. */
export function createWorkflowPort(web: WebPort, login: N8nLogin | null): WorkflowPort {
  return {
    publish: async (wanted, signal) => {
      if (login === null) throw new PortError("n8n", "no stack has it");
      const cookie = await signIn(web, wanted, login, signal);
      const ask = async (path: string, body: unknown): Promise<z.infer<typeof made>["data"]> => {
        const answer = await post(web, wanted, path, body, cookie, signal);
        if (answer.status >= 300)
          throw new PortError("n8n", `${path}: ${answer.status} ${answer.body.slice(0, 200)}`);
        return made.parse(JSON.parse(answer.body)).data;
      };
      const { database } = login;
      const credential = await ask("/rest/credentials", {
        name: "holdfast drill",
        type: "postgres",
        data: {
          host: database.host,
          port: database.port,
          database: database.name,
          user: database.role,
          password: database.password,
          ssl: "require",
          allowUnauthorizedCerts: true,
        },
      });
      const workflow = await ask("/rest/workflows", workflowOf(wanted, credential.id));
      await ask(`/rest/workflows/${workflow.id}/activate`, { versionId: workflow.versionId });
    },
  };
}

/** The owner signs in; a new installation has none yet, and is given this one. */
async function signIn(
  web: WebPort,
  at: WorkflowToPublish,
  login: N8nLogin,
  signal: AbortSignal,
): Promise<string> {
  const { email, password } = login;
  const known = await post(web, at, "/rest/login", { emailOrLdapLoginId: email, password }, null, signal);
  const answer =
    known.status === 200
      ? known
      : await post(
          web,
          at,
          "/rest/owner/setup",
          { email, password, firstName: "Owner", lastName: "Owner" },
          null,
          signal,
        );
  if (answer.status !== 200) throw new PortError("n8n", `sign in: ${known.status}, set up: ${answer.status}`);
  return answer.cookies.join("; ");
}

function post(
  web: WebPort,
  { host, through }: WorkflowToPublish,
  path: string,
  body: unknown,
  cookie: string | null,
  signal: AbortSignal,
): Promise<WebAnswer> {
  const headers = { "content-type": "application/json", ...(cookie === null ? {} : { cookie }) };
  return web.request({ host, through, method: "POST", path, headers, body: JSON.stringify(body) }, signal);
}

function workflowOf({ name, webhook, query }: WorkflowToPublish, credential: string): unknown {
  const entry = {
    id: "a0000000-0000-4000-8000-000000000001",
    name: "Webhook",
    type: "n8n-nodes-base.webhook",
    typeVersion: 2,
    position: [0, 0],
    webhookId: "a0000000-0000-4000-8000-00000000000a",
    parameters: {
      path: webhook,
      httpMethod: "GET",
      responseMode: "lastNode",
      responseData: "allEntries",
      options: {},
    },
  };
  const rows = {
    id: "a0000000-0000-4000-8000-000000000002",
    name: "Rows",
    type: "n8n-nodes-base.postgres",
    typeVersion: 2.6,
    position: [220, 0],
    parameters: { operation: "executeQuery", query, options: {} },
    credentials: { postgres: { id: credential, name: "holdfast drill" } },
  };
  return {
    name,
    nodes: [entry, rows],
    connections: { Webhook: { main: [[{ node: "Rows", type: "main", index: 0 }]] } },
    settings: { executionOrder: "v1" },
  };
}
