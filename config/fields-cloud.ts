import { z } from "zod";
import { choice, described } from "./fields.ts";

/** Fields of the cloud implementations: each refuses what the service would, before anything is made. */

function text(pattern: RegExp, problem: string, allowed: string) {
  return described(z.string().regex(pattern, problem), { allowed });
}

/** An account's or a zone's. */
export function cloudflareId() {
  return text(/^[0-9a-f]{32}$/, "is not an identifier of Cloudflare's", "32 of 0-9 and a-f");
}

export function hostedZoneId() {
  return text(
    /^Z[A-Z0-9]{3,31}$/,
    "is not a hosted zone's id",
    "Z and capital letters and digits, for example Z0123456789ABCDEFGHIJ, without /hostedzone/",
  );
}

/** What a cloud's health check asks for: Route 53 takes 255 characters at most. */
export function healthCheckPath() {
  return text(/^\/[\w./~-]{0,254}$/, "is not a path", "a path that begins with /, for example /healthz");
}

export function awsAccountId() {
  return text(/^\d{12}$/, "is not an AWS account", '12 digits in quotes, for example "123456789012"');
}

export function awsRegion() {
  return text(/^[a-z]{2}(-[a-z]+)+-\d$/, "is not an AWS region", "a region's code, for example eu-central-1");
}

/** An ARN of an IAM role. */
export function roleArn() {
  return text(
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/,
    "is not the ARN of an IAM role",
    "for example arn:aws:iam::123456789012:role/name",
  );
}

/** An ARN of IAM whose identity may take a role. */
export function iamPrincipalArn() {
  return text(
    /^arn:aws[a-z-]*:iam::\d{12}:(root|(user|role)\/[\w+=,.@/-]{1,512})$/,
    "is not the ARN of an IAM identity",
    "for example arn:aws:iam::123456789012:role/pipeline, without wildcards",
  );
}

export function oidcProviderArn() {
  return text(
    /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/[\w./-]+$/,
    "is not the ARN of an OIDC provider",
    "for example arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE",
  );
}

/** First part of names that must be unique in an account. */
export function namePrefix() {
  return text(
    /^[a-z][a-z0-9-]{1,30}[a-z0-9]$/,
    "is not a prefix",
    "3 to 32 of a-z, 0-9 and hyphens, beginning with a letter",
  );
}

export function nameSuffix() {
  return text(
    /^-[a-z0-9-]{1,20}[a-z0-9]$/,
    "is not a suffix",
    'a hyphen and letters or digits, for example "-replica"',
  );
}

/** The partitions that Amazon has: arn:<partition>. */
export function awsPartition() {
  return choice(["aws", "aws-cn", "aws-us-gov"]);
}
