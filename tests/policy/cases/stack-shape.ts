import { resource, withChanged } from "../builders.ts";
import { active } from "./active-site.ts";
import type { Case } from "./case.ts";

const unprotected = withChanged(active, "database-data", (one) => ({ ...one, protect: false }));

export const stackShapeCases: readonly Case[] = [
  { rule: "stateful-protected", kind: "valid", what: "a protected claim", stack: active },
  {
    rule: "stateful-protected",
    kind: "extras",
    what: "a retained one, named with the reason",
    stack: unprotected,
    settings: { except: { "database-data": "retainOnDelete" } },
  },
  {
    rule: "stateful-protected",
    kind: "nearMiss",
    what: "not protected",
    stack: unprotected,
    says: "is not protected",
  },
  {
    rule: "stateful-protected",
    kind: "nearMiss",
    what: "a key",
    stack: [resource("aws:kms/key:Key", "key", {})],
    says: "is not protected",
  },
  { rule: "no-foreign-stack", kind: "valid", what: "none", stack: active },
  {
    rule: "no-foreign-stack",
    kind: "extras",
    what: "the third place's",
    stack: [...active, resource("pulumi:pulumi:StackReference", "third", { name: "acme/holdfast/offsite" })],
  },
  {
    rule: "no-foreign-stack",
    kind: "extras",
    what: "a value kept by the built-in provider",
    stack: [
      ...active,
      resource("pulumi:providers:pulumi", "default", {}),
      resource("pulumi:index:Stash", "kept", { input: 1 }),
    ],
  },
  {
    rule: "no-foreign-stack",
    kind: "nearMiss",
    what: "a reference that the engine does not show",
    stack: [...active, resource("pulumi:providers:pulumi", "default", {})],
    says: "which one the engine does not tell",
  },
  {
    rule: "no-foreign-stack",
    kind: "nearMiss",
    what: "the primary's",
    stack: [...active, resource("pulumi:pulumi:StackReference", "other", { name: "acme/holdfast/primary" })],
    says: "reads the stack acme/holdfast/primary",
  },
  { rule: "explicit-provider", kind: "valid", what: "named providers", stack: active },
  {
    rule: "explicit-provider",
    kind: "extras",
    what: "a provider whose name only begins alike; a component, which has none",
    stack: [
      ...active.map((one) =>
        one.provider === undefined ? one : { ...one, provider: { ...one.provider, name: "defaults" } },
      ),
      resource("holdfast:site:SiteStack", "site", {}),
    ],
  },
  {
    rule: "explicit-provider",
    kind: "nearMiss",
    what: "the default one of a version",
    stack: withChanged(active, "objects", (one) => ({
      ...one,
      provider: { name: "default_4_25_0", urn: "u", props: {} },
    })),
    says: "comes from the default provider default_4_25_0",
  },
];
