// Stand-in for Pulumi's provider cloudflare: the lab's alone.
import { ProviderError } from "../../../provider/server/errors.ts";
import type { ConfigHandler } from "../../../provider/server/provider.ts";
import { Provider } from "../../../provider/server/provider.ts";
import { mirrorFromEnv } from "../mirror.ts";
import { checkShape } from "../types/shape.ts";
import { CLOUDFLARE_VERSION, STAND_IN_MARK } from "../version.ts";
import { AccountFile } from "./account.ts";
import { CloudflareClients } from "./clients.ts";
import { dnsRecord, loadBalancer, monitor, pool } from "./resources.ts";
import { cloudflareTable } from "./table.ts";

/** Lab stand-in for the cloudflare provider: an account in a file, whose answers the lab's name servers give. */
export function createCloudflareProvider(env: NodeJS.ProcessEnv): Provider<CloudflareClients> {
  return new Provider<CloudflareClients>({
    name: "cloudflare",
    version: `${CLOUDFLARE_VERSION}+${STAND_IN_MARK}`,
    config: configHandler(env),
    handlers: [dnsRecord, loadBalancer, monitor, pool],
  });
}

function configHandler(env: NodeJS.ProcessEnv): ConfigHandler<CloudflareClients> {
  return {
    check: (inputs) => ({
      inputs,
      failures: [
        ...checkShape({ ...cloudflareTable.provider, version: "string" }, inputs),
        ...(inputs.apiToken === undefined
          ? [{ property: "apiToken", reason: "apiToken: is required; the lab's stand-in takes any" }]
          : []),
      ],
    }),
    configure: () => {
      const file = env.HOLDFAST_CLOUDFLARE_STATE ?? "";
      if (file === "") {
        throw new ProviderError("the lab's stand-in for cloudflare has no account to act on", {
          hint: "set HOLDFAST_CLOUDFLARE_STATE to a file of the lab, or install the official cloudflare plugin",
        });
      }
      return new CloudflareClients(new AccountFile(file), mirrorFromEnv(env));
    },
  };
}
