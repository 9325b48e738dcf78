// Of the stand-ins for Pulumi's plugins: the lab's alone.
import { constants } from "node:fs";
import { access, open } from "node:fs/promises";

/** In the first lines of every stand-in's executable. */
export const MARK = "Lab stand-in";

export type ProgramKind = "missing" | "official" | "stand-in";

/** Tells an official program from a stand-in by its first lines. */
export async function inspectProgram(file: string): Promise<ProgramKind> {
  try {
    await access(file, constants.X_OK);
  } catch {
    return "missing";
  }
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.toString("latin1", 0, bytesRead).includes(MARK) ? "stand-in" : "official";
  } finally {
    await handle.close();
  }
}
