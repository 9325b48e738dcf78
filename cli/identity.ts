import type { SiteConfig } from "../config/index.ts";
import type { S3Identity } from "../drill/adapters/places.ts";
import type { SecretRef } from "../plan/types.ts";

/** An identity of a stack file's offsite section as adapters take it: keys by their values, a role as it is. */
export function identityOf(
  identity: SiteConfig["offsite"]["reader"],
  secret: (ref: SecretRef) => string,
): S3Identity {
  if ("role" in identity) return { role: identity.role };
  return { accessKeyId: secret(identity.accessKey), secretAccessKey: secret(identity.secretKey) };
}
