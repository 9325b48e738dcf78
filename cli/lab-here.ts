import { dirname } from "node:path";
import type { LabContext, StartContext } from "../lab/context.ts";
import type { LabLayout } from "../lab/layout.ts";

/**
 * The lab of this environment. Its modules are loaded when they are asked for: a
 * production site never loads them.
 */
export async function labLayoutHere(): Promise<LabLayout> {
  const { defaultLabRoot, labLayout } = await import("../lab/layout.ts");
  return labLayout(process.env.HOLDFAST_LAB ?? defaultLabRoot);
}

/** What `holdfast env` would export, for programs that a command starts. */
export async function labEnvironmentHere(): Promise<Readonly<Record<string, string>>> {
  const { labEnvironment } = await import("../lab/env.ts");
  return labEnvironment({
    layout: await labLayoutHere(),
    nodeFolder: dirname(process.execPath),
    path: process.env.PATH ?? "",
    noProxy: process.env.NO_PROXY ?? process.env.no_proxy,
  });
}

export async function labResolvers(): Promise<readonly string[]> {
  const { thirdAddresses } = await import("../lab/net/addresses.ts");
  return [thirdAddresses.resolver];
}

/** For a drill, which shows steps of its own: the lab's progress stays silent. */
export async function labContextHere(signal?: AbortSignal): Promise<StartContext> {
  const [{ cacheRoot, locksOf, repositoryRoot }, { silentProgress }] = await Promise.all([
    import("../lab/cache/index.ts"),
    import("../lab/progress/index.ts"),
  ]);
  const cache = cacheRoot();
  const context: LabContext = {
    layout: await labLayoutHere(),
    locks: locksOf(cache),
    progress: silentProgress,
    ...(signal === undefined ? {} : { signal }),
  };
  return {
    ...context,
    repository: repositoryRoot,
    node: process.execPath,
    rules: async () => (await import("./rules/site-rules.ts")).readSiteRules(repositoryRoot),
    artefacts: async () => {
      const { labArtefacts } = await import("../lab/connect.ts");
      return labArtefacts({ root: cache, progress: silentProgress });
    },
  };
}

/** Words before a command that put it into the third place's network and process namespaces, with the host's files. */
export async function insideThirdPlace(): Promise<readonly string[]> {
  const [{ firstProcess, insideNetworkOf }, layout] = await Promise.all([
    import("../lab/place/place.ts"),
    labLayoutHere(),
  ]);
  const first = await firstProcess(layout.place("third"));
  if (first !== undefined) return insideNetworkOf(first);
  const { UserError } = await import("../errors/user-error.ts");
  throw new UserError("LAB_NOT_RUNNING", { what: "the lab's third place is not running" });
}

export async function labStandIns(): Promise<readonly string[]> {
  const { readRecord } = await import("../lab/record.ts");
  const { standIns } = await readRecord(await labLayoutHere());
  return standIns.map(({ name, reason }) => `${name}: ${reason}`);
}
