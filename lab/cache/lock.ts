import { spawn } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";

/**
 * Runs `work` while no other process, and nothing else in this one, holds the lock
 * `name`. The kernel holds it (flock on a descriptor that we share with flock(1) for a
 * moment), so that a killed process leaves no lock behind and there is no stale one to guess about.
 */
export async function withLock<T>(
  directory: string,
  name: string,
  work: () => Promise<T>,
  onWait: () => void = () => {},
): Promise<T> {
  await mkdir(directory, { recursive: true });
  const handle = await open(join(directory, name), "a");
  try {
    if (!(await flock(handle.fd, ["--exclusive", "--nonblock"]))) {
      onWait();
      if (!(await flock(handle.fd, ["--exclusive"])))
        throw new Error(`could not lock ${name} in ${directory}`);
    }
    return await work();
  } finally {
    await handle.close(); // the last descriptor of the open file: this unlocks
  }
}

function flock(fd: number, flags: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn("flock", [...flags, "3"], { stdio: ["ignore", "ignore", "inherit", fd] });
    child.on("error", reject);
    child.on("exit", (code) => resolve(code === 0));
  });
}
