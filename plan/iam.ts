import type { Config, OffsiteConfig, SiteConfig } from "../config/index.ts";
import { planDeployer, planReplicaDeployer } from "./aws/deployers.ts";
import { document } from "./aws/documents.ts";
import { identityPurposes, rightsOf } from "./aws/identities.ts";
import { awsIdentityNames } from "./aws/types.ts";
import { planDnsRights } from "./dns-rights.ts";
import type { IdentityRights } from "./identity-rights.ts";
import { planOffsite } from "./offsite-plan.ts";
import { identityOf, isRole, type PodIdentity, podIdentities, subjectsOf } from "./pod-identities.ts";
import { planSite } from "./site-plan.ts";

/** Every identity of a stack's clouds and stores. Kubernetes' own are its cluster's. */
export function planIam(config: Config): readonly IdentityRights[] {
  return config.kind === "offsite" ? ofOffsite(config) : ofSite(config);
}

const podsOf = {
  writer: "database and backup pods of the active site; who runs up and drills",
  reader: "restores, restore tests, rehearsals, the documents' copy",
  recorder: "backup jobs and restore tests",
  documents: "Odoo's pod on the active site",
  keeper: "a person who frees space, after the lock",
} as const;

function ofOffsite(config: OffsiteConfig): readonly IdentityRights[] {
  const dns = planDnsRights(config, [...planOffsite(config).zone.records.map(({ name }) => name)]);
  if (config.offsite.implementation === "s3") return [...ofOwnStore(config.offsite), ...dns];
  const { aws } = planOffsite(config);
  const { identities } = config.offsite;
  if (aws === null) throw new Error("a third place at AWS has no plan for it");
  const made = aws.identities.map(
    ({ identity, name, policy, trust, user }): IdentityRights => ({
      name,
      heldBy: podsOf[identity],
      purpose: identityPurposes[identity],
      madeBy: "the stack",
      documents: trust === null ? { policy } : { policy, trust },
      words: [
        ...(trust === null ? ["no role: nobody is named who may take it"] : [`role ${name}`]),
        ...(identity === "keeper" ? [] : accountsOf(identity, identities.clusters)),
        ...(user
          ? [`user ${name}, whose keys are made by a person: aws iam create-access-key --user-name ${name}`]
          : []),
      ],
    }),
  );
  const { role } = aws.replica;
  return [
    planDeployer(config.offsite, aws),
    planReplicaDeployer(config.offsite, aws),
    ...made,
    {
      name: role.name,
      heldBy: "Amazon S3",
      purpose: "copies the locked buckets to the replica",
      madeBy: "the stack",
      documents: { policy: role.policy, trust: role.trust },
      words: [`role ${role.name}`],
    },
    ...dns,
  ];
}

type Clusters = Extract<
  OffsiteConfig["offsite"],
  { readonly implementation: "aws" }
>["identities"]["clusters"];

function accountsOf(identity: PodIdentity, clusters: Clusters): readonly string[] {
  return clusters.map((cluster) => {
    const accounts = subjectsOf(identity, cluster).map((subject) =>
      subject.replace("system:serviceaccount:", ""),
    );
    return `taken by pods of ${cluster.site} by their service accounts: ${accounts.join(", ")}`;
  });
}

/** A store of one's own has identities of its own making; what each needs is the same. */
function ofOwnStore(offsite: OffsiteConfig["offsite"]): readonly IdentityRights[] {
  return awsIdentityNames.map((identity) => ({
    name: identity,
    heldBy: podsOf[identity],
    purpose: identityPurposes[identity],
    madeBy: "a person",
    documents: { policy: document(rightsOf(identity, null, offsite)) },
    words: ["as a policy of S3's action names; a store with coarser rights gets the next coarser"],
  }));
}

function roleWords(name: PodIdentity, { offsite }: SiteConfig): readonly string[] {
  const identity = identityOf(offsite, name);
  if (!isRole(identity)) return [];
  const taken = `taken at ${identity.stsHost} by the pods' service accounts`;
  const named =
    name === "documents" ? "" : ", and by who runs up or a drill with the AWS credentials of its own";
  return [`${name} is the role ${identity.role}, ${taken}${named}; no key of it exists`];
}

/** A site's stack makes no identity: it holds the third place's, and dr's moves the weights. */
function ofSite(config: SiteConfig): readonly IdentityRights[] {
  const { site, traffic } = config;
  // The plan's own names: what the gateway serves beside the public one moves with it.
  const plan = planSite(config);
  const moved = plan.traffic?.records.map(({ name }) => name) ?? [];
  const names = [...moved, ...(traffic.canary === undefined ? [] : [traffic.canary.name])];
  const held: IdentityRights = {
    name: "writer, reader, recorder, documents",
    heldBy: `the stack file of ${site.name}, by reference`,
    purpose: "is given to the pods, each by its purpose: see the identities of the offsite stack",
    madeBy: "a person",
    documents: {},
    words: [
      ...podIdentities.flatMap((name) => roleWords(name, config)),
      "a rehearsal is given the reader's alone",
    ],
  };
  return [held, ...(site.name === "dr" ? planDnsRights(config, names) : [])];
}
