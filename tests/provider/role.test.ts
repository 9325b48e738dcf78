// Shows: with what credentials a role is taken, what comes of a refusal, and that a store's requests are signed with the
// session; STS and the store are small servers on the loopback that check no signature. Not that AWS lets anybody take a role.
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createS3Port } from "../../drill/adapters/s3.ts";
import { roleCredentials } from "../../provider/clients/role.ts";
import { S3Store } from "../../provider/clients/s3.ts";
import { providerConfig } from "../../provider/config.ts";

const role = "arn:aws:iam::111111111111:role/team/holdfast-writer";
const expiration = new Date(Date.now() + 3_600_000);

interface Asked {
  readonly action: string;
  readonly parameters: URLSearchParams;
  readonly authorization: string;
  readonly sessionToken: string | undefined;
}

let caller: string;
let refuses: boolean;
let asked: Asked[];
let close: () => Promise<void>;
let endpoint: string;

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

beforeEach(async () => {
  caller = "arn:aws:iam::111111111111:user/operator";
  refuses = false;
  asked = [];
  const server = createServer(async (request, response) => {
    const parameters = new URLSearchParams(await bodyOf(request));
    const action = parameters.get("Action") ?? "S3";
    const { authorization = "" } = request.headers;
    const sessionToken = request.headers["x-amz-security-token"];
    asked.push({ action, parameters, authorization, sessionToken: sessionToken?.toString() });
    response.setHeader("content-type", "text/xml");
    if (action === "GetCallerIdentity") {
      response.end(
        `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${caller}</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      );
    } else if (action === "AssumeRole" && refuses) {
      response.statusCode = 403;
      response.end(
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>is not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>",
      );
    } else if (action === "AssumeRole") {
      response.end(
        `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIASESSION</AccessKeyId><SecretAccessKey>of the session</SecretAccessKey><SessionToken>token of the session</SessionToken><Expiration>${expiration.toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
      );
    } else response.end("of the store");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  surroundings({ AWS_ACCESS_KEY_ID: "AKIAOPERATOR", AWS_SECRET_ACCESS_KEY: "of the operator" });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await close();
});

/** Of this test alone: no profile, no machine's role, no container's. */
function surroundings(values: Readonly<Record<string, string>>): void {
  vi.unstubAllEnvs();
  for (const name of Object.keys(process.env).filter((one) => one.startsWith("AWS_")))
    vi.stubEnv(name, undefined);
  const none = {
    AWS_CONFIG_FILE: "/none",
    AWS_SHARED_CREDENTIALS_FILE: "/none",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  for (const [name, value] of Object.entries({ ...none, AWS_ENDPOINT_URL_STS: endpoint, ...values }))
    vi.stubEnv(name, value);
}

const take = () => roleCredentials({ role, region: "eu-central-1" })();

describe("a role", () => {
  it("is taken with the credentials of the surroundings, at the region's STS", async () => {
    expect(await take()).toEqual({
      accessKeyId: "ASIASESSION",
      secretAccessKey: "of the session",
      sessionToken: "token of the session",
      expiration,
    });
    expect(asked.map(({ action }) => action)).toEqual(["GetCallerIdentity", "AssumeRole"]);
    expect(asked[1]?.parameters.get("RoleArn")).toBe(role);
    expect(asked[1]?.authorization).toMatch(/Credential=AKIAOPERATOR\/\d+\/eu-central-1\/sts\//);
  });

  it("that the surroundings are already is used as it is", async () => {
    caller = "arn:aws:sts::111111111111:assumed-role/holdfast-writer/pipeline";
    surroundings({
      AWS_ACCESS_KEY_ID: "ASIAOWN",
      AWS_SECRET_ACCESS_KEY: "own",
      AWS_SESSION_TOKEN: "own token",
    });
    expect(await take()).toMatchObject({ accessKeyId: "ASIAOWN", sessionToken: "own token" });
    expect(asked.map(({ action }) => action)).toEqual(["GetCallerIdentity"]);
  });

  it.each([
    "arn:aws:sts::222222222222:assumed-role/holdfast-writer/pipeline",
    "arn:aws:sts::111111111111:assumed-role/holdfast-writer-2/pipeline",
  ])("is not taken to be %s", async (other) => {
    caller = other;
    expect(await take()).toMatchObject({ accessKeyId: "ASIASESSION" });
  });

  it("that is refused is named, with where it is said who may take it", async () => {
    refuses = true;
    await expect(take()).rejects.toThrow(
      /the role arn:aws:iam::111111111111:role\/team\/holdfast-writer cannot be taken .*not authorized to perform: sts:AssumeRole; who may take it is in offsite\.identities\.operators/,
    );
  });

  it("cannot be taken by nobody", async () => {
    surroundings({});
    await expect(take()).rejects.toThrow(
      /cannot be taken with the AWS credentials of the surroundings: .*credentials/i,
    );
    expect(asked).toEqual([]);
  });
});

describe("a store asked as a role", () => {
  it("is asked with the session: by the provider, and by the drill", async () => {
    const store = new S3Store({ endpoint, region: "eu-central-1", role });
    expect(await store.hasBucket("offsite")).toBe(true);
    const [reader, writer] = [{ role }, { accessKeyId: "AKIAWRITER", secretAccessKey: "x" }];
    const names = {
      bucket: "offsite",
      controlBucket: "control",
      recordsBucket: "records",
      epochKey: "epoch.json",
    };
    const port = createS3Port(
      { endpoint, host: "", region: "eu-central-1", ...names, reader, writer, recorder: reader },
      "",
    );
    await port.getText("offsite", "x", new AbortController().signal);
    await port.getText("control", "epoch.json", new AbortController().signal);
    const ofStore = asked.filter(({ action }) => action === "S3");
    expect(ofStore.map(({ authorization }) => /Credential=(\w+)/.exec(authorization)?.[1])).toEqual([
      "ASIASESSION",
      "ASIASESSION",
      "AKIAWRITER",
    ]);
    expect(ofStore.map(({ sessionToken }) => sessionToken)).toEqual([
      "token of the session",
      "token of the session",
      undefined,
    ]);
  });
});

describe("the provider's settings", () => {
  const check = (identity: Readonly<Record<string, string>>) =>
    providerConfig
      .check({ s3: { endpoint, region: "eu-central-1", ...identity } })
      .failures.map(({ reason }) => reason);

  it("take keys or a role", () => {
    expect(check({ accessKey: "k", secretKey: "s" })).toEqual([]);
    expect(check({ role })).toEqual([]);
  });

  it.each<[string, Record<string, string>, string[]]>([
    [
      "neither",
      {},
      [
        "s3.accessKey: is required where no role is given",
        "s3.secretKey: is required where no role is given",
      ],
    ],
    ["half a pair", { accessKey: "k" }, ["s3.secretKey: is required where no role is given"]],
    [
      "both",
      { role, accessKey: "k", secretKey: "s" },
      ["s3.accessKey: stands beside a role", "s3.secretKey: stands beside a role"],
    ],
    ["no ARN", { role: "writer" }, ["s3.role: must be the ARN of an IAM role"]],
  ])("refuse %s", (_, identity, reasons) => {
    expect(check(identity)).toEqual(reasons);
  });
});
