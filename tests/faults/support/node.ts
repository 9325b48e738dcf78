import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { firstProcess, insidePlace } from "../../../lab/place/place.ts";
import { familyOf } from "../../../lab/place/processes.ts";
import { layout } from "../../lab/support/places.ts";
import { until } from "./until.ts";

/** The primary's node as its owner sees it: processes of pods, and commands on the node itself. */

export interface NodeProcess {
  readonly pid: number;
  readonly command: string;
}

async function nodeProcess() {
  const first = await firstProcess(layout.place("primary"));
  if (first === undefined) throw new Error("the primary does not run");
  return first;
}

/** Processes of one pod (by its uid) whose command line matches, the oldest first. */
export async function processesOf(podUid: string, command: RegExp): Promise<readonly NodeProcess[]> {
  const found: NodeProcess[] = [];
  for (const pid of await familyOf((await nodeProcess()).pid)) {
    const line = (await readText(`/proc/${pid}/cmdline`)).replaceAll("\0", " ").trim();
    if (!command.test(line)) continue;
    // The pod's uid is in its cgroup's name, with either separator.
    const cgroup = (await readText(`/proc/${pid}/cgroup`)).replaceAll("_", "-");
    if (cgroup.includes(podUid)) found.push({ pid, command: line });
  }
  return found.sort((a, b) => a.pid - b.pid);
}

export function kill(pid: number): void {
  process.kill(pid, "SIGKILL");
}

const mainOfBackup =
  /^pgbackrest .*--config=\S*job-\S+ .*\bbackup\b.*--type=|^pgbackrest .*\bbackup\b --stanza=.*--type=/;

/** pgBackRest's main process of a backup in that pod, when it has copied so many percent. */
export async function atPercent(
  podUid: () => Promise<string | undefined>,
  wanted: number,
): Promise<{ readonly main: NodeProcess; readonly percent: number }> {
  let uid: string | undefined;
  let main: NodeProcess | undefined;
  return until(
    `a backup at ${wanted} %`,
    "percent",
    async () => {
      uid ??= await podUid();
      if (uid === undefined) return { notYet: "no pod" };
      main ??= (await processesOf(uid, /^pgbackrest .*\bbackup\b/)).find(
        ({ command }) => !/backup:(local|remote)/.test(command) && mainOfBackup.test(command),
      );
      if (main === undefined) return { notYet: "no process" };
      // Once a percentage moves, asking the node anew would be too slow: look at its lock file alone.
      for (const end = performance.now() + 2000; performance.now() < end; await sleep(5)) {
        const percent = await percentOf(main.pid);
        if (percent === undefined) break;
        if (percent >= wanted) return { done: { main, percent } };
      }
      return { notYet: `percent ${await percentOf(main.pid)}` };
    },
    50,
  );
}

async function percentOf(pid: number): Promise<number | undefined> {
  const folder = `/proc/${pid}/root/tmp/pgbackrest-lock`;
  const names = await readdir(folder).catch(() => []);
  const lock = names.find((name) => /backup.*\.lock$/.test(name));
  if (lock === undefined) return undefined;
  const text = await readText(`${folder}/${lock}`);
  // In hundredths of a percent.
  const percent = /"pctCplt":(\d+)|"percentComplete":(\d+)/.exec(text);
  return percent === null ? 0 : Number(percent[1] ?? percent[2]) / 100;
}

/** Where the node has an emptyDir volume of a pod, as this process sees it. */
export async function volumeOf(podUid: string, name: string): Promise<string> {
  const kubelet = `/var/lib/kubelet/pods/${podUid}/volumes/kubernetes.io~empty-dir/${name}`;
  return `/proc/${(await nodeProcess()).pid}/root${kubelet}`;
}

/** On the node, in its own mounts. */
export async function onNode(command: readonly string[]): Promise<string> {
  const [nsenter = "", ...inside] = insidePlace(await nodeProcess());
  return (await execa(nsenter, [...inside, ...command])).stdout;
}

/** In the namespaces and on the files of a container, with the node owner's powers: uid 0. */
export async function asRootBeside(
  pid: number,
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const words = [`--target=${pid}`, "--mount", "--net", "--ipc", "--uts", "--pid", "--root", "--wd=/"];
  const result = await execa("nsenter", [...words, ...command], {
    reject: false,
    all: true,
    env: { PATH: "/usr/lib/postgresql/18/bin:/usr/local/bin:/usr/bin:/bin", ...environment },
    extendEnv: false,
  });
  return { exitCode: result.exitCode ?? -1, output: result.all };
}

async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
