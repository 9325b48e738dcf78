// What opens the repository is lost at dr, or with the operator (fault 28), on the running lab: found before anything is
// lost, and brought back. Outside CI: most of a drill. The escrow is a file that the test keeps: does not prove that
// somebody's safe can be opened at night.
import { existsSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { holdfast, repository, runId, tail } from "../lab/support/holdfast.ts";
import { kubectlFor } from "../lab/support/namespace.ts";
import { layout } from "../lab/support/places.ts";
import { recorded } from "./support/fault.ts";
import { started, watchRun } from "./support/killed-run.ts";
import { openPorts, stackUp } from "./support/stack-up.ts";

const dr = kubectlFor("dr", "holdfast");

async function passphraseAt(kubectl: typeof dr): Promise<string | undefined> {
  const encoded = await kubectl([
    "get",
    "secret",
    "pgbackrest",
    "--ignore-not-found",
    "--output=jsonpath={.data.archive-offsite\\.conf}",
  ]);
  return /^repo1-cipher-pass=(.+)$/m.exec(Buffer.from(encoded, "base64").toString("utf8"))?.[1];
}

recorded(28, import.meta.filename, async ({ see }) => {
  const id = runId("escrow");
  const run = watchRun(id, ["drill", "--run-id", id, "--phase", "5", "--floor", "0"]);
  await run.reach("dr's standing by", started("baseline"));
  await dr(["delete", "secret", "pgbackrest"]);
  const { exitCode, output } = await run.ended();
  const verdict = run.verdict();
  expect(exitCode, output.slice(-3000)).toBe(1);
  expect(verdict.lossAt.time).toBeNull();
  expect(verdict.steps.find((step) => step.id === "gate")?.outcome).toBe("failed");
  expect(verdict.steps.find((step) => step.id === "fault")?.outcome).toBe("skipped");
  expect(output).toMatch(/secret pgbackrest at dr is not there/);
  see(`dr's secret deleted: the gate stops the drill before its loss, exit status ${exitCode}`);

  // The operator's too: from here on only the escrow has it.
  const file = join(layout.secrets, "repository-cipher");
  const escrow = await readFile(file, "utf8");
  await rename(file, `${file}.lost`);
  try {
    const without = runId("without");
    const refused = await holdfast(["drill", "--run-id", without]);
    expect(refused.exitCode, tail(refused)).toBe(2);
    expect(refused.stderr).toContain("repository-cipher");
    expect(existsSync(join(repository, "runs", without, "verdict.json"))).toBe(false);
    see(`without the operator's file: ${refused.stderr.split("\n")[0]?.slice(0, 200)}, exit status 2`);

    const began = performance.now();
    await writeFile(file, escrow, { mode: 0o600 });
    await stackUp(await openPorts(), { stack: "dr", refresh: true }, AbortSignal.timeout(300_000));
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const back = await passphraseAt(dr);
    expect(back).toBe(escrow);
    expect(back).toBe(await passphraseAt(kubectlFor("primary", "holdfast")));
    see(`from the escrow to dr's cluster, by one pulumi up --refresh of dr: ${seconds} s`);
  } finally {
    if (existsSync(file)) await rm(`${file}.lost`);
    else await rename(`${file}.lost`, file);
  }
});
