import { isRole, roleEnvironment } from "../../plan/pod-identities.ts";
import type { DocumentsBucketPlan, IdentityRef } from "../../plan/types.ts";
import type { S3Identity } from "../database/pgbackrest-config.ts";
import { documentPaths } from "./paths.ts";

export type RcloneRemote = DocumentsBucketPlan & S3Identity;

/** rclone's configuration: each remote by its name, as the scripts call it. */
export function renderRcloneConf(remotes: Readonly<Record<"third" | "site", RcloneRemote>>): string {
  return Object.entries(remotes)
    .map(([name, remote]) =>
      [
        `[${name}]`,
        "type = s3",
        "provider = Other",
        ...identityLines(remote),
        `endpoint = https://${remote.endpoint.host}:${remote.endpoint.port}`,
        `region = ${remote.region}`,
        "force_path_style = true",
        // The third place's bucket is another stack's: nothing here asks for it, or makes it.
        ...(name === "third" ? ["no_check_bucket = true"] : []),
        "",
      ].join("\n"),
    )
    .join("\n");
}

/** A role is the environment's to name: see `rcloneEnvironment`. */
function identityLines(identity: S3Identity): readonly string[] {
  if ("role" in identity) return ["env_auth = true"];
  return [`access_key_id = ${identity.accessKey}`, `secret_access_key = ${identity.secretKey}`];
}

/** With what rclone's AWS SDK takes a role: at the region's STS, which the store's authorities have to know. */
export function rcloneEnvironment(identity: IdentityRef, region: string): Readonly<Record<string, string>> {
  if (!isRole(identity)) return {};
  return {
    ...roleEnvironment(identity),
    AWS_REGION: region,
    AWS_CA_BUNDLE: `${documentPaths.config}/ca.crt`,
  };
}
