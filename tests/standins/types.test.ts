// The generated tables of the two clouds' SDKs: as fresh as the SDKs, and each type's inputs refused by name when
// one is missing, misspelt or of the wrong type. Does not prove that the real services take what the tables take.
import { describe, expect, test } from "vitest";
import { createAwsProvider } from "../../lab/standins/aws/provider.ts";
import { awsTable } from "../../lab/standins/aws/table.ts";
import { createCloudflareProvider } from "../../lab/standins/cloudflare/provider.ts";
import { cloudflareTable } from "../../lab/standins/cloudflare/table.ts";
import { extractProvider } from "../../lab/standins/types/extract.ts";
import { AWS_TOKENS, CLOUDFLARE_TOKENS } from "../../lab/standins/types/tokens.ts";
import { AWS_VERSION, CLOUDFLARE_VERSION } from "../../lab/standins/version.ts";
import type { Provider } from "../../provider/server/provider.ts";
import type { PlainMap } from "../../provider/server/value.ts";
import { sampleFields, type WrongInput, wrongInputs } from "./samples.ts";

const aws = createAwsProvider({ AWS_ENDPOINT_URL: "http://127.0.0.1:1" });
aws.configure({ region: "eu-central-1" });
const cloudflare = createCloudflareProvider({ HOLDFAST_CLOUDFLARE_STATE: "/nowhere/cloudflare.json" });
cloudflare.configure({ apiToken: "token" });

test.each([
  ["@pulumi/aws", AWS_TOKENS, awsTable],
  ["@pulumi/cloudflare", CLOUDFLARE_TOKENS, cloudflareTable],
] as const)(
  "the table of %s is what its declarations say",
  (name, tokens, table) => {
    expect(extractProvider(name, tokens)).toEqual(table);
    // Six megabytes of declarations are parsed: a second alone, ten beside a build.
  },
  60_000,
);

test("plugins are of the SDKs' versions, and stand-ins by their version", () => {
  expect([awsTable.version, cloudflareTable.version]).toEqual([AWS_VERSION, CLOUDFLARE_VERSION]);
  expect([aws.version, cloudflare.version]).toEqual([
    `${AWS_VERSION}+standin`,
    `${CLOUDFLARE_VERSION}+standin`,
  ]);
});

test("there is a handler for every type of the tables, and none without a table", () => {
  expect([...aws.tokens].sort()).toEqual([...AWS_TOKENS].sort());
  expect([...cloudflare.tokens].sort()).toEqual([...CLOUDFLARE_TOKENS].sort());
});

const types = [
  ...Object.entries(awsTable.types).map(([token, type]) => [token, type, aws] as const),
  ...Object.entries(cloudflareTable.types).map(([token, type]) => [token, type, cloudflare] as const),
];

describe.each(types)("%s", (token, type, provider) => {
  const refusals = async (inputs: PlainMap): Promise<readonly string[]> => {
    const caller = {
      urn: `urn:pulumi:s::p::${token}::x`,
      type: token,
      signal: AbortSignal.any([]),
      log: () => {},
    };
    const { failures } = await (provider as Provider<unknown>).check(caller, {}, inputs, {});
    return failures.map(({ property, reason }) => {
      expect(reason).toContain(property);
      return property;
    });
  };
  const refusesEach = async (cases: readonly WrongInput[]): Promise<void> => {
    for (const { property, inputs } of cases) {
      expect(await refusals(inputs), `${property} of ${JSON.stringify(inputs)}`).toContain(property);
    }
  };
  const wrong = wrongInputs(type.inputs);
  const shapeErrors = /is required|unknown property|must be a/u;

  test("what has every required input and nothing else has the right shape", async () => {
    const caller = {
      urn: `urn:pulumi:s::p::${token}::x`,
      type: token,
      signal: AbortSignal.any([]),
      log: () => {},
    };
    const { failures } = await (provider as Provider<unknown>).check(
      caller,
      {},
      sampleFields(type.inputs),
      {},
    );
    expect(failures.filter(({ reason }) => shapeErrors.test(reason))).toEqual([]);
  });

  // A few types ask for nothing: a bucket gets a name of its own.
  if (wrong.missing.length > 0) {
    test("refuses each missing input by name", async () => {
      await refusesEach(wrong.missing);
    });
  }

  test("refuses each misspelt input by name", async () => {
    expect(wrong.misspelt.length).toBeGreaterThan(0);
    await refusesEach(wrong.misspelt);
  });

  test("refuses each input of the wrong type by name", async () => {
    expect(wrong.mistyped.length).toBeGreaterThan(0);
    await refusesEach(wrong.mistyped);
  });
});
