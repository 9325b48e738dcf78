import { z } from "zod";
import {
  bucketName,
  choice,
  dnsName,
  duration,
  flag,
  integer,
  label,
  principal,
  secret,
  url,
  word,
} from "./fields.ts";
import {
  awsAccountId,
  awsPartition,
  awsRegion,
  iamPrincipalArn,
  namePrefix,
  nameSuffix,
  oidcProviderArn,
  roleArn,
} from "./fields-cloud.ts";
import { siteNames } from "./words.ts";

const keys = () => z.strictObject({ accessKey: secret(), secretKey: secret() });

/** Keys, or an IAM role that pods take by their service account's token (IRSA): then no key of it exists anywhere. */
const keysOrRole = () => z.union([keys(), z.strictObject({ role: roleArn() })]);

const buckets = {
  /** The repository, under object lock. */
  bucket: bucketName(),
  /** Epoch and lease. A bucket of its own: retention there would keep an old lease alive. */
  controlBucket: bucketName(),
  /** What backup jobs and runs leave behind: their records and evidence, under object lock. */
  recordsBucket: bucketName(),
  /** Odoo's files and other documents, under object lock. */
  documentsBucket: bucketName(),
};

/** Any store that speaks S3. */
const s3 = {
  implementation: choice(["s3"]).prefault("s3"),
  /** Where Pulumi reaches the store. */
  endpoint: url(),
  /** Name by which the sites reach it; its port is the endpoint's. */
  host: dnsName(),
  /** @default "us-east-1", which stores without regions take */
  region: word().prefault("us-east-1"),
  ...buckets,
  /** The CA that signed the store's certificate. */
  ca: secret(),
};

/** Amazon's S3; its endpoint is the region's. */
const aws = {
  implementation: choice(["aws"]),
  /** @default "aws"; China's and the government's regions are partitions of their own */
  partition: awsPartition().prefault("aws"),
  region: awsRegion(),
  ...buckets,
};

const identities = <T extends z.ZodType>(identity: () => T) => ({
  writer: identity(),
  /** Cannot write or delete: restores and rehearsals run with it. */
  reader: identity(),
  /** Writes records, and nothing else: pods that hold a restored copy run with it. */
  recorder: identity(),
  /** Writes documents, and nothing else: the pods of applications run with it. */
  documents: identity(),
});

/** `holdfast:offsite` of primary and dr: what a site needs to write, and what the other needs to read after it is lost. */
export const siteOffsiteSection = z.discriminatedUnion("implementation", [
  z.strictObject({ ...s3, ...identities(keys) }),
  z.strictObject({
    ...aws,
    /** Amazon's root CAs: the pods trust these, and no other, to be the third place. */
    ca: secret(),
    ...identities(keysOrRole),
  }),
]);

const settings = {
  lock: z.strictObject({
    /**
     * GOVERNANCE can be lifted by an identity that has the right to; COMPLIANCE by nobody.
     * @default "COMPLIANCE", because an attacker may hold the admin keys
     */
    mode: choice(["COMPLIANCE", "GOVERNANCE"]).prefault("COMPLIANCE"),
    /**
     * Days for which no written object can be deleted.
     * @default 7: two days between completed daily full backups, five to notice an attack
     */
    days: integer(1, 36_500).prefault(7),
  }),
  /**
   * Days for which a deleted or overwritten version is kept.
   * @default 14, twice the lock, so that a version expired late in the lock is still readable
   */
  noncurrentDays: integer(1, 36_500).prefault(14),
  /**
   * Age at which an unfinished upload is removed.
   * @default "2 days", longer than any backup takes
   */
  abortUploadsAfter: duration(86_400).prefault("2 days"),
  /** @default true: no `destroy` removes a repository by accident */
  protect: flag().prefault(true),
};

/** `holdfast:offsite` of the offsite stack, which owns the buckets. */
export const offsiteOffsiteSection = z.discriminatedUnion("implementation", [
  z.strictObject({
    ...s3,
    admin: keys(),
    ...settings,
    /**
     * The store's own encryption, beneath pgBackRest's. `none` for a store without it.
     * @default "AES256"
     */
    encryption: choice(["AES256", "none"]).prefault("AES256"),
    /**
     * Identities that write to the locked buckets, as the store's policies name them (an ARN). They are denied
     * whatever shortens the life of a version; the keeper, who expires, is not among them.
     * @default none: then only the lock keeps what an attacker with their keys deletes by version
     */
    writers: z.array(principal()).prefault([]),
  }),
  z.strictObject({
    ...aws,
    /** Of the third place alone: whoever owns a site's account owns nothing here. */
    accountId: awsAccountId(),
    ...settings,
    /**
     * First part of the names of keys, roles and users.
     * @default "holdfast"
     */
    namePrefix: namePrefix().prefault("holdfast"),
    kms: z.strictObject({
      /**
       * Who may change, disable or delete the keys: the pipeline's role, and who is called at night. Everybody else
       * is denied it, for without its key every backup is lost.
       */
      administrators: z.array(iamPrincipalArn()).min(1, "is empty"),
      /** @default 30, the longest that KMS waits */
      deletionDays: integer(7, 30).prefault(30),
    }),
    logging: z.strictObject({
      /** Takes the access logs of the others. */
      bucket: bucketName(),
      /** @default 400: a year, and the time to audit it */
      keepDays: integer(1, 36_500).prefault(400),
    }),
    /** A copy of the locked buckets where neither this region nor this account reaches. */
    replica: z.strictObject({
      accountId: awsAccountId(),
      region: awsRegion(),
      /** The role by which Pulumi makes what is there. */
      roleArn: roleArn(),
      /** Of the other account, as `kms.administrators`. */
      administrators: z.array(iamPrincipalArn()).min(1, "is empty"),
      /** @default "-replica", after each bucket's name */
      suffix: nameSuffix().prefault("-replica"),
      /**
       * Replication within 15 minutes by contract, for a price a gigabyte.
       * @default true: the product's RPO is 15 minutes
       */
      timeControl: flag().prefault(true),
    }),
    identities: z.strictObject({
      /**
       * Users for the sites' pods, without keys: a key is made by a person, and never in Pulumi's state.
       * @default true
       */
      users: flag().prefault(true),
      /**
       * Clusters whose service accounts may take the roles (IRSA); a site's `offsite.writer.role` and so on use them.
       * Which account takes which is said by `holdfast iam`.
       * @default none
       */
      clusters: z
        .array(
          z.strictObject({
            site: choice(siteNames),
            /** Of this account: made once for the cluster's issuer. */
            oidcProvider: oidcProviderArn(),
            /**
             * As `site.cluster.namespace` of that site.
             * @default "holdfast"
             */
            namespace: label().prefault("holdfast"),
          }),
        )
        .prefault([]),
      /**
       * Who may take the writer's, the reader's and the recorder's role: pipelines that run `up`, operators who run
       * drills.
       * @default none
       */
      operators: z.array(iamPrincipalArn()).prefault([]),
      /**
       * Who may take the keeper's role, which alone deletes versions whose lock has ended.
       * @default none: then nobody does, and the lifecycle alone removes them
       */
      keepers: z.array(iamPrincipalArn()).prefault([]),
    }),
  }),
]);
