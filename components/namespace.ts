import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import type { ComponentResource } from "@pulumi/pulumi";
import { childOpts, type Keeping } from "./child-opts.ts";

/** The site's namespace; nothing in it may be more than Pod Security "restricted". */
export function makeNamespace(parent: ComponentResource, name: string, keeping: Keeping): Namespace {
  return new Namespace(
    "namespace",
    {
      metadata: {
        name,
        labels: {
          "pod-security.kubernetes.io/enforce": "restricted",
          "pod-security.kubernetes.io/warn": "restricted",
        },
      },
    },
    // Deleting it would take the volume claims with it, whatever they say themselves.
    childOpts(parent, { keeping }),
  );
}
