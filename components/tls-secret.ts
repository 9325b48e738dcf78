import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import type { ComponentResource, Input } from "@pulumi/pulumi";
import type { SitePlan } from "../plan/types.ts";
import { childOpts } from "./child-opts.ts";
import { labelsOf } from "./labels.ts";
import type { ResolveSecret } from "./secrets.ts";

/** The site's certificate, and the authorities that its pods believe. */
export function makeTlsSecret(
  parent: ComponentResource,
  plan: Pick<SitePlan, "tls" | "offsiteCa">,
  namespace: Input<string>,
  secrets: ResolveSecret,
): Secret {
  return new Secret(
    "tls",
    {
      metadata: { name: "holdfast-tls", namespace, labels: labelsOf("tls") },
      stringData: {
        "tls.crt": secrets(plan.tls.cert),
        "tls.key": secrets(plan.tls.key),
        "ca.crt": secrets(plan.tls.ca),
        // By repository, as pgBackRest's configs name them: the third place need not have the site's authority.
        "offsite-ca.crt": secrets(plan.offsiteCa),
        "site-ca.crt": secrets(plan.tls.ca),
      },
    },
    childOpts(parent, { secretOutputs: ["data", "stringData"] }),
  );
}
