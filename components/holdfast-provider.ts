import { isRole } from "../plan/pod-identities.ts";
import type { ProvidersPlan } from "../plan/types.ts";
import { Provider } from "../provider/sdk/index.ts";
import type { ResolveSecret } from "./secrets.ts";

/** holdfast's own provider for the third place, as the identity that the plan gives this stack. */
export function makeHoldfastProvider({ store, dns }: ProvidersPlan, secrets: ResolveSecret): Provider {
  return new Provider("third-place", {
    ...(store === null
      ? {}
      : {
          s3: {
            endpoint: store.endpoint,
            region: store.region,
            ...(isRole(store)
              ? { role: store.role }
              : { accessKey: secrets(store.accessKey), secretKey: secrets(store.secretKey) }),
            caPem: secrets(store.ca),
          },
        }),
    ...(dns === null ? {} : { powerdns: { endpoint: dns.api, apiKey: secrets(dns.apiKey) } }),
  });
}
