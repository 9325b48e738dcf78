// Stand-in for AWS's STS and for what its S3 judges before it answers: the lab's and its tests' alone.
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";

/** What one request asked for, and as whom: the role of its session. */
export interface Asked {
  readonly service: "sts" | "s3";
  readonly method: string;
  readonly path: string;
  readonly role: string;
}

export interface Amazon {
  /** What was answered, in order; what was refused is in `refused`. */
  readonly asked: Asked[];
  readonly refused: string[];
  close(): Promise<void>;
}

export interface AmazonInputs {
  /** Of loopback, for both names. */
  readonly address: string;
  /** NAME.crt and NAME.key, good for both names. */
  readonly certificate: string;
  /** `http://host:port` of the moto that answers behind. */
  readonly moto: string;
  /** Whose token may take which roles: all that this STS knows of trust. */
  readonly trust: (token: string) => readonly string[];
}

interface Session {
  readonly role: string;
  readonly secret: string;
}

/**
 * STS and S3 of a region behind TLS, as far as identities go: who takes a role shows a token that it trusts, and a
 * request to S3 has to be signed (SigV4, checked here) with the session that came of it, its token among what is
 * signed. moto has the objects and makes the sessions; it judges neither tokens nor signatures itself.
 */
export async function startAmazon({ address, certificate, moto, trust }: AmazonInputs): Promise<Amazon> {
  const asked: Asked[] = [];
  const refused: string[] = [];
  const sessions = new Map<string, Session>();

  const refuse = (response: ServerResponse, status: number, code: string, why: string): void => {
    refused.push(`${code}: ${why}`);
    response.writeHead(status, { "content-type": "application/xml" });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${why}</Message></Error>`);
  };

  async function takeRole(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const { searchParams } = new URL(request.url ?? "", "https://sts");
    const parameters = request.method === "GET" ? searchParams : new URLSearchParams(body.toString());
    const role = parameters.get("RoleArn") ?? "";
    if (parameters.get("Action") !== "AssumeRoleWithWebIdentity")
      return refuse(response, 400, "InvalidAction", String(parameters.get("Action")));
    if (!trust(parameters.get("WebIdentityToken") ?? "").includes(role))
      return refuse(response, 403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    const answer = await fetch(moto, { method: "POST", body: parameters });
    const text = await answer.text();
    const element = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(text)?.[1] ?? "";
    sessions.set(element("SessionToken"), { role, secret: element("SecretAccessKey") });
    asked.push({ service: "sts", method: request.method ?? "", path: "/", role });
    response.writeHead(answer.status, { "content-type": "text/xml" });
    response.end(text);
  }

  async function askStore(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    const session = sessions.get(String(request.headers["x-amz-security-token"]));
    const path = request.url ?? "";
    if (session === undefined) return refuse(response, 403, "AccessDenied", `${path}: no session of a role`);
    const wrong = wrongSignature(request, body, session.secret);
    if (wrong !== null) return refuse(response, 403, "SignatureDoesNotMatch", `${path}: ${wrong}`);
    asked.push({ service: "s3", method: request.method ?? "", path, role: session.role });
    const { host: _, connection: __, "content-length": ___, expect: ____, ...headers } = request.headers;
    const answer = await fetch(`${moto}${path}`, {
      method: request.method ?? "GET",
      headers: headers as Record<string, string>,
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    const content = Buffer.from(await answer.arrayBuffer());
    const kept = [...answer.headers].filter(
      ([name]) => !["connection", "content-encoding", "transfer-encoding", "content-length"].includes(name),
    );
    const length = request.method === "HEAD" ? answer.headers.get("content-length") : String(content.length);
    response.writeHead(answer.status, { ...Object.fromEntries(kept), "content-length": length ?? "0" });
    response.end(content);
  }

  const server = createServer(
    { cert: readFileSync(`${certificate}.crt`), key: readFileSync(`${certificate}.key`) },
    async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const serve = request.headers.host?.startsWith("sts.") ? takeRole : askStore;
      await serve(request, Buffer.concat(parts), response).catch((error: unknown) =>
        refuse(response, 500, "InternalError", String(error)),
      );
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(443, address, resolve);
  });
  return {
    asked,
    refused,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const sha256 = (data: string | Buffer): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** Null where the signature is right: Signature Version 4 as AWS describes it. */
function wrongSignature(request: IncomingMessage, body: Buffer, secret: string): string | null {
  const { authorization = "" } = request.headers;
  const [, scope = "", names = "", signature] =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=(\w+)$/.exec(
      authorization,
    ) ?? [];
  const signed = names.split(";");
  if (!signed.includes("x-amz-security-token")) return "the session's token is not among what is signed";
  const header = (name: string) =>
    String(request.headers[name] ?? "")
      .trim()
      .replace(/ +/g, " ");
  const payload = header("x-amz-content-sha256");
  if (/^[0-9a-f]{64}$/.test(payload) && payload !== sha256(body)) return "another body than was signed";
  const [path = "", query = ""] = (request.url ?? "").split("?");
  const pairs = query === "" ? [] : query.split("&").map((pair) => (pair.includes("=") ? pair : `${pair}=`));
  const canonical = [
    request.method,
    path,
    pairs.sort().join("&"),
    ...signed.map((name) => `${name}:${header(name)}`),
    "",
    names,
    payload === "" ? sha256(body) : payload,
  ].join("\n");
  const [date = "", region = "", service = ""] = scope.split("/");
  const toSign = ["AWS4-HMAC-SHA256", header("x-amz-date"), scope, sha256(canonical)].join("\n");
  const key = [date, region, service, "aws4_request"].reduce<Buffer | string>(hmac, `AWS4${secret}`);
  return hmac(key, toSign).toString("hex") === signature ? null : `signed otherwise than\n${canonical}`;
}
