import { execa } from "execa";
import { UserError } from "../../errors/user-error.ts";
import { locksOf, withLock } from "../cache/index.ts";

/** dpkg-query's own placeholders, not ours. */
const FORMAT = ["Package", "db:Status-Status"]
  .map((field) => `\${${field}}`)
  .join(" ")
  .concat("\n");

/** Host packages that the builders call; installed when missing, left alone when there. */
export async function ensurePackages(cache: string, names: readonly string[]): Promise<void> {
  if ((await missing(names)).length === 0) return;
  await withLock(locksOf(cache), "apt", async () => {
    const wanted = await missing(names);
    if (wanted.length === 0) return;
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const wait = ["-o", "DPkg::Lock::Timeout=300", "-q", "-y"];
    try {
      await execa("apt-get", ["update", "-q"], { env });
      await execa("apt-get", [...wait, "install", "--no-install-recommends", ...wanted], { env });
    } catch (cause) {
      throw new UserError("TOOL_MISSING", {
        what: "Debian packages that the lab is built with are missing and could not be installed",
        got: wanted.join(" "),
        hint: `as root: apt-get install ${wanted.join(" ")}`,
        cause,
      });
    }
  });
}

async function missing(names: readonly string[]): Promise<string[]> {
  const { stdout } = await execa("dpkg-query", ["--show", "--showformat", FORMAT, ...names], {
    reject: false, // it fails when it knows one of them not at all
  });
  const present = new Set(
    stdout
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return names.filter((name) => !present.has(name));
}
