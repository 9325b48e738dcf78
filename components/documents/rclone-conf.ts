import type { DocumentsBucketPlan } from "../../plan/types.ts";

export interface RcloneRemote extends DocumentsBucketPlan {
  readonly accessKey: string;
  readonly secretKey: string;
}

/** rclone's configuration: each remote by its name, as the scripts call it. */
export function renderRcloneConf(remotes: Readonly<Record<"third" | "site", RcloneRemote>>): string {
  return Object.entries(remotes)
    .map(([name, { endpoint, region, accessKey, secretKey }]) =>
      [
        `[${name}]`,
        "type = s3",
        "provider = Other",
        `access_key_id = ${accessKey}`,
        `secret_access_key = ${secretKey}`,
        `endpoint = https://${endpoint.host}:${endpoint.port}`,
        `region = ${region}`,
        "force_path_style = true",
        // The third place's bucket is another stack's: nothing here asks for it, or makes it.
        ...(name === "third" ? ["no_check_bucket = true"] : []),
        "",
      ].join("\n"),
    )
    .join("\n");
}
