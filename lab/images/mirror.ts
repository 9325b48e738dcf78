import { execa } from "execa";
import { UserError } from "../../errors/user-error.ts";

/**
 * The Debian mirror this machine itself uses, asked of apt: no address is ours to
 * choose, and where there is a mirror of its own (or a proxy) only that one answers.
 */
export async function debianMirror(): Promise<string> {
  const format = "$(ORIGIN)|$(LABEL)|$(REPO_URI)";
  const { stdout } = await execa("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]);
  const uri = mirrorIn(stdout);
  if (uri !== undefined) return uri;
  throw new UserError("TOOL_MISSING", {
    what: "apt on this machine knows no Debian archive, from which the lab's images are made",
    got: stdout === "" ? "no package lists" : stdout,
    allowed: "Debian 12 or newer, with its main archive among apt's sources",
    hint: "run apt-get update, or add Debian's main archive to /etc/apt/sources.list.d",
  });
}

/** Label and origin both "Debian": the security archive and third parties' have others. */
export function mirrorIn(indexTargets: string): string | undefined {
  for (const line of indexTargets.split("\n")) {
    const [origin, label, uri] = line.split("|");
    if (origin === "Debian" && label === "Debian" && uri) return uri;
  }
  return undefined;
}
