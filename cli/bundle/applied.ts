import { execa } from "execa";
import { z } from "zod";
import { loadConfig, sectionsFromPulumi } from "../../config/index.ts";
import { UserError } from "../../errors/user-error.ts";
import { storePlaceOf } from "../../plan/offsite-place.ts";
import { identityOf } from "../identity.ts";
import type { BundlePlace } from "./store.ts";

/** Pulumi's own words about a stack: what was applied last, and its config with the secrets opened. */
export async function pulumi(root: string, args: readonly string[]): Promise<string> {
  const result = await execa("pulumi", [...args, "--non-interactive"], {
    cwd: root,
    reject: false,
    stdin: "ignore",
  });
  if (result.exitCode === 0) return result.stdout;
  if (result.code === "ENOENT")
    throw new UserError("TOOL_MISSING", {
      what: "Pulumi's command line is not here",
      hint: 'install it; in the lab: eval "$(holdfast env)"',
    });
  throw new UserError("CONFIG_INVALID", {
    what: `pulumi ${args.slice(0, 2).join(" ")} did not answer`,
    got: result.stderr.trim().split("\n").slice(-3).join(" "),
    hint: 'check PULUMI_BACKEND_URL, the keys to it and the passphrase or KMS key; in the lab: eval "$(holdfast env)"',
  });
}

const historySchema = z.array(
  z.object({
    kind: z.string(),
    result: z.string(),
    environment: z.record(z.string(), z.string()).default({}),
  }),
);

/** The commit of the last `up` that ended well, from the history that Pulumi's state keeps. */
export function lastApplied(
  history: string,
  stack: string,
): { readonly commit: string; readonly dirty: boolean } {
  const updates = historySchema.parse(JSON.parse(history));
  const last = updates.find(({ kind, result }) => kind === "update" && result === "succeeded");
  const commit = last?.environment["git.head"];
  if (commit !== undefined) return { commit, dirty: last?.environment["git.dirty"] === "true" };
  throw new UserError("BUNDLE_REFUSED", {
    what: `the commit that was applied last to ${stack} is not known`,
    got: last === undefined ? "no up that succeeded" : "an up from a folder that is no git checkout",
    hint: `pulumi up --stack ${stack} from a checkout, or name it: holdfast bundle --commit COMMIT`,
  });
}

const configSchema = z.record(
  z.string(),
  z.object({ value: z.string().optional(), objectValue: z.unknown().optional() }),
);

/** Where bundles are kept and with whose keys, from `pulumi config --show-secrets --json`. */
export function bundlePlace(
  config: string,
  stack: string,
  readSecretFile: (path: string) => string | undefined,
): BundlePlace {
  const values = Object.entries(configSchema.parse(JSON.parse(config)));
  const loaded = loadConfig(
    sectionsFromPulumi(
      Object.fromEntries(values.map(([key, { value, objectValue }]) => [key, objectValue ?? value])),
    ),
    { stack, readSecretFile },
  );
  if (loaded.config.kind !== "site")
    throw new UserError("ARGUMENT_INVALID", {
      what: "not a site's stack",
      got: stack,
      allowed: "primary or dr",
    });
  const { offsite } = loaded.config;
  const secret = (ref: { readonly secret: string }): string => {
    const value = loaded.secrets[ref.secret];
    if (value === undefined)
      throw new UserError("SECRET_MISSING", { what: `stack ${stack} has no value for ${ref.secret}` });
    return value;
  };
  return {
    endpoint: storePlaceOf(offsite).endpoint,
    region: offsite.region,
    bucket: offsite.recordsBucket,
    ca: secret(offsite.ca),
    recorder: identityOf(offsite.recorder, secret),
    reader: identityOf(offsite.reader, secret),
  };
}
