import type { DnsImplementationName } from "../../plan/traffic-types.ts";
import type { DnsImplementation } from "./implementation.ts";

/** Only the one that the plan names: an SDK that a stack does not use costs it nothing. */
export async function loadDns(implementation: DnsImplementationName): Promise<DnsImplementation> {
  switch (implementation) {
    case "powerdns":
      return (await import("./powerdns.ts")).powerdns;
    case "cloudflare":
      return (await import("./cloudflare.ts")).cloudflareDns;
    case "route53":
      return (await import("./route53.ts")).route53;
    default:
      return implementation satisfies never;
  }
}
