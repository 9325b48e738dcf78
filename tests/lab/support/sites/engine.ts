import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { ensureAuthority, ensureLeaf } from "../../../../lab/secrets/certificates.ts";
import { ensureValues } from "../../../../lab/secrets/values.ts";
import { pinnedVersion, tool } from "../../../../lab/toolchain/index.ts";
import { layOut } from "../checkout.ts";
import { makeCliHome } from "../cli-home.ts";
import type { HollowCluster } from "../hollow/cluster.ts";
import { makeUndo } from "../undo.ts";
import { startAwsThird } from "./aws-third.ts";
import { startOwnThird } from "./own-third.ts";
import type { ThirdPlace } from "./third.ts";

type Stack = "offsite" | "primary" | "dr";

/** A checkout with an example's stack files, its third place, and a cluster for its sites. */
export interface SiteEngine {
  readonly third: ThirdPlace;
  pulumi(stack: Stack, ...args: readonly string[]): Promise<string>;
  /** What a person sees of a command that must fail. */
  failure(stack: Stack, ...args: readonly string[]): Promise<string>;
  /** An `up`; what it did, as `update StatefulSet database`, sorted. */
  up(stack: Stack, ...args: readonly string[]): Promise<readonly string[]>;
  /** An `up` has nothing to do. */
  unchanged(stack: Stack): Promise<void>;
  /** A refresh finds what state says. */
  asItIs(stack: Stack): Promise<void>;
  /** Changes the stack's file, each of [what is there, what shall be]. */
  edit(stack: Stack, ...changes: readonly (readonly [RegExp, string])[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startSiteEngine(example: string, cluster: HollowCluster): Promise<SiteEngine> {
  const home = await makeCliHome();
  const undo = makeUndo();
  undo.add(home.remove);
  try {
    await linkKubernetes(home.pulumiHome);
    const secrets = path.join(home.root, "secrets");
    const authority = await makeSecrets(secrets, path.join(home.root, "ca"));
    home.environment.HOLDFAST_SECRETS = secrets;
    home.environment.KUBECONFIG = cluster.kubeconfig;
    const third =
      example === "on-premises"
        ? await startOwnThird({ home, secrets, authority, undo })
        : await startAwsThird({ home, secrets, authority, undo }, example);
    const project = await layOut(home.root, example);
    const edit: SiteEngine["edit"] = async (stack, ...changes) => {
      const file = path.join(project, `Pulumi.${stack}.yaml`);
      let text = await readFile(file, "utf8");
      for (const [from, to] of changes) {
        const after = text.replace(from, to);
        if (after === text) throw new Error(`${file} has nothing like ${from}`);
        text = after;
      }
      await writeFile(file, text);
    };
    for (const stack of ["offsite", "primary", "dr"] as const) {
      await edit(stack, ...third.edits);
      await home.run(project, "stack", "init", stack);
    }
    const pulumi: SiteEngine["pulumi"] = (stack, ...args) => home.run(project, ...args, "--stack", stack);
    return {
      third,
      pulumi,
      failure: (stack, ...args) => home.failure(project, ...args, "--stack", stack),
      async up(stack, ...args) {
        const log = path.join(home.root, "events.json");
        await writeFile(log, "");
        await pulumi(stack, "up", "--yes", "--skip-preview", "--event-log", log, ...args);
        return changesOf(await readFile(log, "utf8"));
      },
      async unchanged(stack) {
        await pulumi(stack, "up", "--yes", "--skip-preview", "--expect-no-changes");
      },
      async asItIs(stack) {
        await pulumi(stack, "refresh", "--yes", "--skip-preview", "--expect-no-changes");
      },
      edit,
      stop: undo.run,
    };
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function linkKubernetes(pulumiHome: string): Promise<void> {
  const { path: program } = await tool("pulumi-kubernetes");
  const folder = path.join(
    pulumiHome,
    "plugins",
    `resource-kubernetes-v${pinnedVersion("pulumi-kubernetes")}`,
  );
  await mkdir(folder, { recursive: true });
  await symlink(program, path.join(folder, "pulumi-resource-kubernetes"));
}

/** Every file that the stack files name, but what the third place gives. */
async function makeSecrets(secrets: string, ca: string) {
  await ensureValues(secrets);
  const authority = await ensureAuthority(ca, "example CA");
  await copyFile(`${ca}.crt`, path.join(secrets, "ca.crt"));
  for (const site of ["primary", "dr"]) {
    const dns = [`${site}.example.com`, "erp.example.com", "database.holdfast.svc", "pgbackrest"];
    const leaf = { path: path.join(secrets, site, "tls"), commonName: `${site}.example.com`, dns };
    await ensureLeaf(authority, leaf);
  }
  return authority;
}

/** Of the engine's own events: what was done, and not what was only looked at. */
function changesOf(log: string): readonly string[] {
  return log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as EngineEvent).resOutputsEvent?.metadata)
    .filter((done) => done !== undefined && done.op !== "same")
    .map((done) => `${done?.op} ${done?.type.split(":").at(-1)} ${done?.urn.split("::").at(-1)}`)
    .sort();
}

interface EngineEvent {
  readonly resOutputsEvent?: {
    readonly metadata: { readonly op: string; readonly type: string; readonly urn: string };
  };
}
