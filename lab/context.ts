import { symlink, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { LabArtefacts } from "./artefacts.ts";
import { withLock } from "./cache/index.ts";
import type { LabLayout } from "./layout.ts";
import type { Progress } from "./progress/index.ts";
import type { SiteRules } from "./third/prometheus.ts";

/** What every command of the lab needs; made by the command line, which alone reads the environment. */
export interface LabContext {
  readonly layout: LabLayout;
  /** Folder of locks that outlive the lab's own folder. */
  readonly locks: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface StartContext extends LabContext {
  /** Builds or finds what the lab is made of. */
  readonly artefacts: () => Promise<LabArtefacts>;
  /** The checkout. */
  readonly repository: string;
  /** Alert rules for the lab's Prometheus, from the stack files as they are now. */
  readonly rules: () => Promise<SiteRules>;
  /** The Node that runs this, for what the lab starts with it. */
  readonly node: string;
}

/** One command at a time changes the lab; a second one waits. */
export function alone<T>(context: LabContext, work: () => Promise<T>): Promise<T> {
  const note = {
    kind: "note",
    id: "lab",
    title: "lab",
    message: "another lab command is running: waiting",
  } as const;
  return withLock(context.locks, "lab", work, () => context.progress.report(note));
}

/** Reports `work` as one line of progress. */
export async function step<T>(
  context: LabContext,
  id: string,
  title: string,
  work: () => Promise<T>,
): Promise<T> {
  context.signal?.throwIfAborted();
  const startedAt = performance.now();
  const elapsed = (): number => Math.round(performance.now() - startedAt);
  context.progress.report({ kind: "start", id, title });
  try {
    const result = await work();
    context.progress.report({ kind: "done", id, title, ms: elapsed() });
    return result;
  } catch (error) {
    const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    context.progress.report({ kind: "failed", id, title, ms: elapsed(), message });
    throw error;
  }
}

/** A symbolic link that says `target`, whatever was there before. */
export async function link(target: string, path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await symlink(target, path);
}

/** `lab down` needs the site root's nft, also for a lab whose start was cut short. */
export function siteRootLink(layout: LabLayout): string {
  return join(layout.root, "site-root");
}
