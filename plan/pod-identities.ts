import type { SiteConfig } from "../config/index.ts";
import type { Role } from "../contract/stack.ts";
import type { IdentityRef, RoleRef } from "./basic-types.ts";
import { rehearsalNamespace, restoreTestNamespace } from "./namespace.ts";
import { stsHostOf } from "./offsite-place.ts";

/**
 * Who asks the third place as whom. Where an identity is a role, its pods have a service account each kind and a token
 * of it; the roles' trust (plan/aws/identities.ts) names the same accounts, from here.
 */

export const podIdentities = ["writer", "reader", "recorder", "documents"] as const;
export type PodIdentity = (typeof podIdentities)[number];

/** Kinds of pods that ask the third place. `verify` is every job that only reads, restore tests too. */
export const podKinds = ["database", "backup", "verify", "documents", "files"] as const;
export type PodKind = (typeof podKinds)[number];

/** The token that the cluster issues to a pod, for STS and nobody else. */
export const identityToken = { audience: "sts.amazonaws.com", expirationSeconds: 3600 } as const;

/** Where a pod finds it; scripts/role.sh has the same. */
export const tokenFolder = "/etc/holdfast/identity";

/** With what in its environment a program takes the role, by AWS's own names; nothing where there are keys. */
export function roleEnvironment(identity: IdentityRef): Readonly<Record<string, string>> {
  if (!isRole(identity)) return {};
  return { AWS_ROLE_ARN: identity.role, AWS_WEB_IDENTITY_TOKEN_FILE: `${tokenFolder}/token` };
}

export function isRole(identity: IdentityRef): identity is RoleRef {
  return "role" in identity;
}

/** As the stack file gives it; a role with where it is taken. */
export function identityOf(offsite: SiteConfig["offsite"], name: PodIdentity): IdentityRef {
  if (offsite.implementation === "s3") return offsite[name];
  const identity = offsite[name];
  return "role" in identity ? { role: identity.role, stsHost: stsHostOf(offsite) } : identity;
}

/** What a kind's pods hold in that role of the site. A rehearsal archives, records and copies nothing. */
function identitiesOf(kind: PodKind, role: Role): readonly PodIdentity[] {
  const isRehearsal = role === "rehearsal";
  switch (kind) {
    case "database":
      return isRehearsal ? ["reader"] : ["writer", "reader"];
    case "backup":
      return isRehearsal ? [] : ["writer", "recorder"];
    case "verify":
      return isRehearsal ? [] : ["reader", "recorder"];
    case "documents":
      return isRehearsal ? [] : ["reader"];
    case "files":
      return [role === "active" ? "documents" : "reader"];
    default:
      return kind satisfies never;
  }
}

/** Name of the service account of a kind's pods; null where they hold keys alone, and have no account of their own. */
export function accountOf({ offsite, site }: SiteConfig, kind: PodKind): string | null {
  const needed = identitiesOf(kind, site.role).some((name) => isRole(identityOf(offsite, name)));
  return needed ? accountName(kind) : null;
}

function accountName(kind: PodKind): string {
  return `holdfast-${kind}`;
}

/** A site's cluster as the third place knows it. */
interface Cluster {
  readonly site: "primary" | "dr";
  /** Of the site's own stack. */
  readonly namespace: string;
}

const ownRoles = ["active", "standby", "draining"] as const satisfies readonly Role[];

/** `sub` of every token with which pods of that cluster may take an identity's role. */
export function subjectsOf(identity: PodIdentity, { site, namespace }: Cluster): readonly string[] {
  const kindsIn = (roles: readonly Role[]) =>
    podKinds.filter((kind) => roles.some((role) => identitiesOf(kind, role).includes(identity)));
  const own = kindsIn(ownRoles);
  return [
    ...own.map((kind) => subject(namespace, kind)),
    ...(own.includes("verify") ? [subject(restoreTestNamespace(namespace), "verify")] : []),
    // Beside dr's own stack, and nowhere else.
    ...(site === "dr"
      ? kindsIn(["rehearsal"]).map((kind) => subject(rehearsalNamespace(namespace), kind))
      : []),
  ];
}

function subject(namespace: string, kind: PodKind): string {
  return `system:serviceaccount:${namespace}:${accountName(kind)}`;
}
