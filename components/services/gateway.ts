import type { Input } from "@pulumi/pulumi";
import type { Site } from "../../contract/stack.ts";
import type { GatewayPlan } from "../../plan/types.ts";
import type { SiteTerm } from "../term.ts";
import { renderNginxConf } from "./nginx-conf.ts";
import type { ServiceParts } from "./service-args.ts";

export interface GatewayArgs {
  readonly plan: GatewayPlan;
  readonly site: Site;
  readonly term: SiteTerm;
  readonly namespaceName: string;
  readonly tlsSecret: Input<string>;
}

/** The one door of a site: TLS, routing by host and path, and who answered. */
export function gatewayParts({ plan, site, term, namespaceName, tlsSecret }: GatewayArgs): ServiceParts {
  return {
    formerType: "holdfast:services:Gateway",
    textFiles: {
      suffix: "config",
      files: term.epoch.apply(
        (epoch): Record<string, string> => ({
          "holdfast.conf": renderNginxConf(plan, { site, epoch, namespace: namespaceName }),
        }),
      ),
      folder: "/etc/nginx/conf.d",
      executable: false,
    },
    volumes: [{ name: "tls", secret: { secretName: tlsSecret, defaultMode: 0o440 } }],
    mounts: [{ name: "tls", mountPath: "/holdfast/tls", readOnly: true }],
  };
}
