import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { UserError } from "../../errors/user-error.ts";
import { rules } from "../../policy/rules/index.ts";
import { readPolicyEvents, withoutDebugging } from "../../report/policy/events.ts";
import { judgePolicy } from "../../report/policy/judge.ts";
import { renderPolicyReport } from "../../report/policy/markdown.ts";
import { renderPolicies } from "../policy/render-policies.ts";
import { parsePolicySettings, ruleTexts } from "../policy/rule-texts.ts";

interface ReportOptions {
  readonly settings?: string;
  readonly output?: string;
  readonly requireJudged: boolean;
  readonly scrub: boolean;
}

export function registerPolicy(program: Command): void {
  const policy = program
    .command("policy")
    .description("the policy pack's rules, and what they said of a stack");
  policy
    .command("list")
    .description("every rule with its reason, remedy and settings, in Markdown (docs/policies.md)")
    .option("--output <file>", "write there instead of standard output")
    .action(({ output }: { readonly output?: string }) => write(renderPolicies(rules), output));
  policy
    .command("report <events>")
    .description("a report for reviewers, in Markdown, from the event log of a preview with the pack")
    .option("--settings <file>", "the file that the preview had as --policy-pack-config")
    .option("--output <file>", "write there instead of standard output")
    .option("--require-judged", "a mandatory rule that met an unknown value is not met", false)
    .option(
      "--scrub",
      "rewrite the event log without the debugging messages, which hold secrets in clear",
      false,
    )
    .action(report);
}

async function report(
  file: string,
  { settings, output, requireJudged, scrub }: ReportOptions,
): Promise<void> {
  const given = settings === undefined ? {} : parsePolicySettings(await read(settings), settings);
  const log = await read(file);
  const events = readPolicyEvents(log);
  if (events === undefined)
    throw new UserError("ARGUMENT_INVALID", {
      what: "is no event log of Pulumi's engine",
      got: file,
      allowed: "one event a line, each with a sequence number",
      hint: "make one: PULUMI_DEBUG_COMMANDS=true pulumi preview --policy-pack policy --event-log FILE",
    });
  if (scrub) await writeFile(file, withoutDebugging(log));
  if (events.packs.length === 0)
    throw new UserError("ARGUMENT_INVALID", {
      what: "no policy pack judged anything in this event log: nothing is shown by it",
      got: file,
      hint: "give the preview the pack: --policy-pack policy",
    });
  const judgement = judgePolicy(events, ruleTexts(rules, given), { requireJudged });
  await write(renderPolicyReport(events, judgement), output);
  if (output !== undefined) process.stdout.write(`policies: ${judgement.judgement}: ${judgement.reason}\n`);
  process.exitCode = judgement.judgement === "met" ? 0 : 1;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new UserError("ARGUMENT_INVALID", { what: "the file cannot be read", got: file, cause });
  }
}

async function write(text: string, output: string | undefined): Promise<void> {
  if (output === undefined) process.stdout.write(text);
  else await writeFile(output, text);
}
