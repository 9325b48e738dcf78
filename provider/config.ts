import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Clients } from "./clients/index.ts";
import { askNameServer } from "./clients/name-server.ts";
import { PowerDns } from "./clients/powerdns.ts";
import { S3Store } from "./clients/s3.ts";
import { checkInputs } from "./server/check.ts";
import { ProviderError } from "./server/errors.ts";
import type { CallContext } from "./server/handler.ts";
import type { ConfigHandler } from "./server/provider.ts";

const url = z.url({ protocol: /^https?$/u, error: "must be an http or https URL" });

const configSchema = z.object({
  s3: z
    .strictObject({
      endpoint: url,
      region: z.string().min(1).default("us-east-1"),
      accessKey: z.string().min(1).optional(),
      secretKey: z.string().min(1).optional(),
      role: z.string().startsWith("arn:", "must be the ARN of an IAM role").optional(),
      caPem: z.string().includes("-----BEGIN CERTIFICATE-----").optional(),
    })
    .superRefine(({ accessKey, secretKey, role }, context) => {
      for (const [name, key] of Object.entries({ accessKey, secretKey })) {
        if ((key === undefined) === (role !== undefined)) continue;
        const message = role === undefined ? "is required where no role is given" : "stands beside a role";
        context.addIssue({ code: "custom", path: [name], message });
      }
    })
    .optional(),
  powerdns: z.strictObject({ endpoint: url, apiKey: z.string().min(1) }).optional(),
  // The engine adds this one to every provider.
  version: z.string().optional(),
});

type S3Config = NonNullable<z.infer<typeof configSchema>["s3"]>;

/** Where the stores and name servers are, and the keys to them: the only place credentials are given. */
export const providerConfig: ConfigHandler<Clients> = {
  check: (inputs) => checkInputs(configSchema, inputs),
  configure: (inputs) => {
    const { s3, powerdns } = configSchema.parse(inputs);
    return {
      ...(s3 === undefined ? {} : { store: storeOf(s3) }),
      ...(powerdns === undefined ? {} : { dns: new PowerDns(powerdns) }),
      nameServer: askNameServer,
      now: () => new Date(),
      sleep: async (ms) => sleep(ms),
    };
  },
};

/** `check` has seen that there are keys or a role. */
function storeOf({ accessKey = "", secretKey = "", role, ...place }: S3Config): S3Store {
  return new S3Store({ ...place, ...(role === undefined ? { accessKey, secretKey } : { role }) });
}

/** Names of the settings, for messages. */
const SETTING = { store: "s3", dns: "powerdns" } as const;

/** The failure of a resource whose provider instance lacks what it needs, or nothing. */
export function requireClient(
  context: CallContext<Clients>,
  kind: keyof typeof SETTING,
  property: string,
): readonly { readonly property: string; readonly reason: string }[] {
  if (context.clients[kind] !== undefined) return [];
  const reason = `this resource needs a holdfast provider with ${SETTING[kind]} settings, and the one it was given has none`;
  return [
    {
      property,
      reason: `${reason}\nhint: pass a provider made with { ${SETTING[kind]}: { endpoint, ... } }`,
    },
  ];
}

/** The client itself, once `check` has seen that it is there. */
export function clientOf<K extends keyof typeof SETTING>(
  context: CallContext<Clients>,
  kind: K,
): NonNullable<Clients[K]> {
  const client = context.clients[kind];
  if (client === undefined) throw new ProviderError(`the provider has no ${SETTING[kind]} settings`);
  return client as NonNullable<Clients[K]>;
}
