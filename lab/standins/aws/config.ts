// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import { z } from "zod";
import { ProviderError } from "../../../provider/server/errors.ts";
import type { ConfigHandler } from "../../../provider/server/provider.ts";
import type { Plain, PlainMap } from "../../../provider/server/value.ts";
import { checkShape, type Fields } from "../types/shape.ts";
import { AwsClients, type AwsConfig, labEndpoint } from "./clients.ts";
import { awsTable } from "./table.ts";

/** Settings that mean something here; any other changes what the real provider does, and is refused by name. */
const ACTS_ON = [
  "accessKey",
  "allowedAccountIds",
  "assumeRoles",
  "defaultTags",
  "endpoints",
  "forbiddenAccountIds",
  "maxRetries",
  "region",
  "s3UsePathStyle",
  "secretKey",
  "skipCredentialsValidation",
  "skipMetadataApiCheck",
  "skipRegionValidation",
  "skipRequestingAccountId",
  "stsRegion",
  "token",
  "version",
];

const configSchema = z.object({
  accessKey: z.string().optional(),
  secretKey: z.string().optional(),
  token: z.string().optional(),
  region: z.string().optional(),
  allowedAccountIds: z.array(z.string()).optional(),
  forbiddenAccountIds: z.array(z.string()).optional(),
  assumeRoles: z
    .array(
      z.object({
        roleArn: z.string(),
        externalId: z.string().optional(),
        sessionName: z.string().optional(),
      }),
    )
    .optional(),
  defaultTags: z.object({ tags: z.record(z.string(), z.string()).optional() }).optional(),
  endpoints: z.array(z.record(z.string(), z.string())).optional(),
  s3UsePathStyle: z.boolean().optional(),
  maxRetries: z.number().optional(),
}) satisfies z.ZodType<AwsConfig>;

/** The configuration of `pulumi:providers:aws`, as the SDK sends it. */
export function awsConfig(env: NodeJS.ProcessEnv): ConfigHandler<AwsClients> {
  return {
    check: (inputs) => {
      const table: Fields = { ...awsTable.provider, version: "string" };
      const config = parseJson(inputs, table);
      const refused = Object.keys(config)
        .filter((name) => !ACTS_ON.includes(name) && name in table)
        .map((name) => ({
          property: name,
          reason: `${name}: the lab's stand-in for aws does not know this setting`,
        }));
      const where = endpointFailure(config, env);
      return { inputs, failures: [...checkShape(table, config), ...refused, ...where] };
    },
    configure: (inputs) => {
      const config = parseJson(inputs, awsTable.provider);
      const [failure] = endpointFailure(config, env);
      if (failure !== undefined) throw new ProviderError(failure.reason);
      return new AwsClients(configSchema.parse(config), env);
    },
  };
}

/** Everything but text crosses the wire as JSON: the engine knows only text in a provider's configuration. */
function parseJson(inputs: PlainMap, table: Fields): PlainMap {
  const entries = Object.entries(inputs).map(([name, value]): readonly [string, Plain] => {
    if (table[name] === "string" || typeof value !== "string") return [name, value];
    try {
      return [name, JSON.parse(value) as Plain];
    } catch {
      // The check of its shape says what is wrong with it.
      return [name, value];
    }
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

/** A stand-in that found no lab would act on AWS itself, with the credentials of whoever runs it. */
function endpointFailure(
  config: PlainMap,
  env: NodeJS.ProcessEnv,
): readonly { readonly property: string; readonly reason: string }[] {
  const given = Array.isArray(config.endpoints) && config.endpoints.length > 0;
  const fromEnv = labEndpoint(env) ?? "";
  const where = `${fromEnv} ${given ? JSON.stringify(config.endpoints) : ""}`;
  if ((given || fromEnv !== "") && !/amazonaws\.|\.aws\b/u.test(where)) return [];
  const reason =
    "endpoints: the lab's stand-in for aws acts on the lab's moto and never on AWS, and neither endpoints nor AWS_ENDPOINT_URL nor HOLDFAST_AWS_ENDPOINT says where that is";
  return [
    { property: "endpoints", reason: `${reason}\nhint: install the official aws plugin, or start moto` },
  ];
}
