import { execa } from "execa";
import { UserError } from "../../errors/user-error.ts";

export interface Go {
  readonly program: string;
  readonly version: string;
}

const SMALLEST = [1, 26] as const;

/** Where Go's own installer puts it, for shells whose PATH lacks it. */
const CANDIDATES = ["go", "/usr/local/go/bin/go"] as const;

/** A Go that can build the pinned modules. Debian 12's own is 1.19, so this is not one apt can mend. */
export async function findGo(): Promise<Go> {
  const tooOld: string[] = [];
  for (const program of CANDIDATES) {
    const { stdout, failed } = await execa(program, ["version"], {
      reject: false,
      env: { GOTOOLCHAIN: "local" },
    });
    if (failed) continue;
    const version = goVersion(stdout);
    if (version === undefined) continue;
    if (isNewEnough(version)) return { program, version };
    tooOld.push(`${version} (${program})`);
  }
  throw new UserError("TOOL_MISSING", {
    what: "no Go that can build the lab's tools",
    got: tooOld.length === 0 ? "no go on PATH or in /usr/local/go" : tooOld.join(", "),
    allowed: `Go ${SMALLEST.join(".")} or newer`,
    hint: "install Go 1.26 or newer from its own site (see README.md), then run this again",
  });
}

export function goVersion(answer: string): string | undefined {
  return answer.match(/\bgo(\d+\.\d+(?:\.\d+)?)/)?.[1];
}

export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > SMALLEST[0] || (major === SMALLEST[0] && minor >= SMALLEST[1]);
}
