import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LabLayout } from "./layout.ts";
import { labRange, offsiteEndpoint, zone } from "./net/addresses.ts";
import { writeSecret } from "./secrets/values.ts";
import { stateBucket } from "./third/objects.ts";

const stateProfile = "holdfast-state";
const region = "us-east-1";

export interface EnvironmentInputs {
  readonly layout: LabLayout;
  /** Folder of the Node that runs this. */
  readonly nodeFolder: string;
  readonly path: string;
  /** What the caller's NO_PROXY says already. */
  readonly noProxy?: string | undefined;
}

/** What Pulumi, kubectl and our own programs need to work on the lab. Paths and names only, never a secret's value. */
export function labEnvironment({
  layout,
  nodeFolder,
  path,
  noProxy,
}: EnvironmentInputs): Readonly<Record<string, string>> {
  // By address: the machine's own resolver does not know the lab's names.
  const backend = new URLSearchParams({ endpoint: offsiteEndpoint, s3ForcePathStyle: "true", region });
  const inLab = [layout.bin, nodeFolder];
  const rest = path.split(":").filter((folder) => !inLab.includes(folder));
  return {
    PATH: [...inLab, ...rest].join(":"),
    HOLDFAST_LAB: layout.root,
    HOLDFAST_SECRETS: layout.secrets,
    PULUMI_HOME: layout.pulumiHome,
    PULUMI_BACKEND_URL: `s3://${stateBucket}?${backend}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: join(layout.secrets, "lab-passphrase"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // The state is written anew at the begin and the end of each step, and copied each time: packed it is a sixth.
    PULUMI_DIY_BACKEND_ZSTD: "true",
    // The program, its host and its provider are each started anew for every preview and update.
    NODE_COMPILE_CACHE: join(layout.root, "node-compile-cache"),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    AWS_CA_BUNDLE: layout.caCertificate,
    NODE_EXTRA_CA_CERTS: layout.caCertificate,
    AWS_SHARED_CREDENTIALS_FILE: stateCredentials(layout),
    AWS_PROFILE: stateProfile,
    AWS_REGION: region,
    KUBECONFIG: join(layout.kube, "config"),
    NO_PROXY: [...new Set([...(noProxy ?? "").split(",").filter(Boolean), labRange, `.${zone}`])].join(","),
  };
}

/** For `eval "$(holdfast env)"`. */
export function renderExports(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
    .join("");
}

function stateCredentials(layout: LabLayout): string {
  return join(layout.secrets, "aws-credentials");
}

/** Pulumi's backend reads its keys from a file of the AWS tools' form. */
export async function writeStateCredentials(layout: LabLayout): Promise<void> {
  const [key, secret] = await Promise.all([
    readFile(join(layout.secrets, "offsite-state.key"), "utf8"),
    readFile(join(layout.secrets, "offsite-state.secret"), "utf8"),
  ]);
  const body = `[${stateProfile}]\naws_access_key_id = ${key}\naws_secret_access_key = ${secret}\n`;
  await writeSecret(stateCredentials(layout), body);
}
