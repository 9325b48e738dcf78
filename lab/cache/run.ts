import { createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { execa } from "execa";
import { cacheRoot } from "./place.ts";

const TAIL_LINES = 12;

export interface LoggedCommand {
  /** Names the log: CACHE/logs/NAME.log, that of the last build by this name. */
  readonly log: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs a builder's command with its output in a file; a failure says where that lies and how it ended. */
export async function runLogged({ log, command, args, env = {} }: LoggedCommand): Promise<void> {
  const path = join(cacheRoot(), "logs", `${log}.log`);
  await mkdir(dirname(path), { recursive: true });
  const child = execa(command, args, { all: true, buffer: false, stdin: "ignore", reject: false, env });
  const [result] = await Promise.all([child, pipeline(child.all, createWriteStream(path))]);
  if (!result.failed) return;
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  throw new Error(
    [
      `${log}: ${(result.shortMessage ?? "failed").split("\n")[0]}`,
      ...lines.slice(-TAIL_LINES),
      `log: ${path}`,
    ].join("\n"),
  );
}
