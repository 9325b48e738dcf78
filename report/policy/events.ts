/** What a policy pack said in one preview or up, read from the engine's event log. */
export interface PolicyEvents {
  readonly packs: readonly { readonly name: string; readonly version: string }[];
  readonly findings: readonly PolicyFinding[];
  /** Rules by what the engine counted: resources (or the stack, once) where a rule was kept or was not. */
  readonly kept: ReadonlyMap<string, number>;
  /** Whether the whole stack came to be judged: a preview that fails before leaves its rules without a word. */
  readonly stackJudged: boolean;
  readonly operation: "preview" | "up" | "unknown";
}

export interface PolicyFinding {
  readonly pack: string;
  readonly rule: string;
  /** Of the resource; empty for the stack as a whole. */
  readonly urn: string;
  readonly level: string;
  readonly severity: string;
  readonly notJudged: boolean;
  readonly text: string;
}

interface EngineEvent {
  readonly policyLoadEvent?: object;
  readonly policyEvent?: {
    readonly resourceUrn?: string;
    readonly message: string;
    readonly policyName: string;
    readonly policyPackName: string;
    readonly policyPackVersion?: string;
    readonly enforcementLevel: string;
    readonly severity?: string;
  };
  readonly policyAnalyzeSummaryEvent?: Summary;
  readonly policyAnalyzeStackSummaryEvent?: Summary;
  readonly diagnosticEvent?: { readonly severity?: string };
  readonly summaryEvent?: { readonly isPreview?: boolean };
}

interface Summary {
  readonly policyPackName: string;
  readonly policyPackVersion?: string;
  readonly passed?: readonly string[];
  readonly failed?: readonly string[];
}

/** Undefined where the text is no event log; the fields are those of Pulumi's apitype.EngineEvent. */
export function readPolicyEvents(log: string): PolicyEvents | undefined {
  const packs = new Map<string, string>();
  const kept = new Map<string, number>();
  const findings: PolicyFinding[] = [];
  let stackJudged = false;
  let operation: PolicyEvents["operation"] = "unknown";
  const lines = log.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return undefined;
  for (const line of lines) {
    const event = parse(line);
    if (event === undefined) return undefined;
    const { policyEvent, policyAnalyzeSummaryEvent, policyAnalyzeStackSummaryEvent, summaryEvent } = event;
    if (policyEvent !== undefined) findings.push(readFinding(policyEvent));
    if (policyAnalyzeStackSummaryEvent !== undefined) stackJudged = true;
    for (const summary of [policyAnalyzeSummaryEvent, policyAnalyzeStackSummaryEvent]) {
      if (summary === undefined) continue;
      packs.set(summary.policyPackName, summary.policyPackVersion ?? "");
      for (const rule of summary.passed ?? []) kept.set(rule, (kept.get(rule) ?? 0) + 1);
    }
    if (summaryEvent !== undefined) operation = summaryEvent.isPreview === true ? "preview" : "up";
  }
  return {
    packs: [...packs].map(([name, version]) => ({ name, version })),
    findings: unique(findings),
    kept,
    stackJudged,
    operation,
  };
}

function parse(line: string): EngineEvent | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isEvent = typeof value === "object" && value !== null && "sequence" in value;
    return isEvent ? (value as EngineEvent) : undefined;
  } catch {
    // The caller says that the file is no event log.
    return undefined;
  }
}

const couldNotRun = /^can't run policy .*? during preview: (?:notJudged: )?/;
const footer = /\n(?:why|mend|see): .*/gs;

function readFinding(event: NonNullable<EngineEvent["policyEvent"]>): PolicyFinding {
  const message = event.message.trim();
  const notJudged = couldNotRun.test(message);
  // A pack of holdfast's kind ends with reason and remedy, which the report has of its own; a title comes first.
  const body = message.replace(couldNotRun, "").replace(footer, "");
  const [, ...rest] = body.split("\n");
  return {
    pack: event.policyPackName,
    rule: event.policyName,
    urn: event.resourceUrn ?? "",
    level: event.enforcementLevel,
    severity: event.severity ?? "",
    notJudged,
    text: rest.length === 0 ? body : rest.join(" "),
  };
}

/** The log without the SDK's debugging messages, which print whole answers with secrets in clear. */
export function withoutDebugging(log: string): string {
  return log
    .split("\n")
    .filter((line) => parse(line)?.diagnosticEvent?.severity !== "debug")
    .join("\n");
}

/** An up has its preview's findings and its own. */
function unique(findings: readonly PolicyFinding[]): readonly PolicyFinding[] {
  const seen = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return [...seen.values()];
}
