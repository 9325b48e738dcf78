import { explainUnreachable } from "../../drill/adapters/unreachable.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import { requestInWords } from "../../drill/recovery.ts";
import { listenForInterrupt } from "../drill/run.ts";
import { awaitCopy, makeCopy, removeCopy, type Say } from "./copy.ts";
import { copyContainer, copyPod } from "./manifests.ts";
import { type CopyRequest, type PlannedCopy, planCopy } from "./plan.ts";

/** A copy in its own namespace, which stays until `--remove`. */
export async function restoreBeside(repositoryRoot: string, asked: CopyRequest): Promise<number> {
  return withInterrupt(async (signal) => {
    const planned = await planCopy(repositoryRoot, asked, signal);
    await bringUp(planned, asked, say, signal);
    const { context, plan } = planned;
    const exec = `kubectl --context ${context} -n ${plan.namespace}`;
    say(`connect: ${exec} exec -it ${copyPod} -c ${copyContainer} -- psql -d DATABASE`);
    say(
      `or: ${exec} port-forward pod/${copyPod} 15432:${plan.port}, then 127.0.0.1:15432 with the roles' own passwords`,
    );
    say(`remove: holdfast restore --to ${plan.namespace} --site ${planned.site} --remove`);
    return 0;
  });
}

export async function removeBeside(repositoryRoot: string, asked: CopyRequest): Promise<number> {
  return withInterrupt(async (signal) => {
    const { ports, site } = await planCopy(
      repositoryRoot,
      { ...asked, request: { ...asked.request, kind: "latest", target: null, set: null } },
      signal,
    );
    const removed = await removeCopy(ports.kube(site), asked.namespace, signal);
    say(removed ? `removed: namespace ${asked.namespace}` : `there is no namespace ${asked.namespace}`);
    return 0;
  });
}

/** Says what is made where, makes it, and waits for it. */
export async function bringUp(
  { plan, site, ports, unknown, startupSeconds }: PlannedCopy,
  { request }: CopyRequest,
  tell: Say,
  signal: AbortSignal,
): Promise<void> {
  const kube = ports.kube(site);
  tell(
    `copy at site ${site}, namespace ${plan.namespace}: epoch ${plan.epoch} to ${requestInWords(request)}; archives nothing`,
  );
  if (unknown !== null) tell(`the repository could not be asked beforehand: ${unknown}`);
  await makeCopy(kube, plan, signal);
  const status = await awaitCopy(kube, plan.namespace, tell, signal, startupSeconds * 1000);
  for (const { set, reason } of status.fallbacks)
    tell(`BACKUP_SET_DAMAGED: ${set} could not be restored: ${reason}`);
  tell(`set ${status.backupSet}, recovered to ${status.recoveredLsn}, timeline ${status.timeline}`);
}

export const say: Say = (line) => void process.stdout.write(`${line}\n`);

/** Ends in order at the first signal, with status 130. */
export async function withInterrupt(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const interrupt = listenForInterrupt();
  try {
    return await work(interrupt.signal);
  } catch (error) {
    if (interrupt.signal.aborted) {
      process.stderr.write("interrupted\n");
      return 130;
    }
    if (error instanceof PortError) throw explainUnreachable(error) ?? error;
    throw error;
  } finally {
    interrupt.close();
  }
}
