import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";

export interface SourceState {
  readonly commit: string;
  readonly dirty: boolean;
  readonly digest: string;
}

/** What may change while a fault's outcome stays what it is. */
const irrelevant =
  /^(docs\/|examples\/|report\/|policy\/|runs\/|tests\/(?!faults\/support|lab\/support))|\.md$/;

/** The source as it lies here, committed or not; `file` is the test's own, which counts too. */
export async function sourceState(root: string, file: string): Promise<SourceState> {
  const git = async (...args: readonly string[]): Promise<string> =>
    (await execa("git", args, { cwd: root })).stdout;
  const [commit, status, listed] = await Promise.all([
    git("rev-parse", "HEAD"),
    git("status", "--porcelain", "--", ":!docs", ":!*.md"),
    git("ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"),
  ]);
  const hash = createHash("sha256");
  for (const path of listed.split("\n").sort()) {
    if (path !== file && irrelevant.test(path)) continue;
    hash
      .update(path)
      .update("\0")
      .update(contentOf(join(root, path)))
      .update("\0");
  }
  return { commit, dirty: status !== "", digest: hash.digest("hex") };
}

function contentOf(path: string): Buffer | string {
  try {
    return readFileSync(path);
  } catch (error) {
    // Deleted, and not yet committed.
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}
