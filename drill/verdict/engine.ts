import { z } from "zod";

/** What one resource took in the `up` that promoted; wall times of the machine that ran it. */
export interface ResourceTime {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface EngineTimes {
  /** Those that changed, in the order in which they ended. */
  readonly resources: readonly ResourceTime[];
  /** From the first to the last change below the component that has the weights; null where none was seen. */
  readonly trafficStartMs: number | null;
  readonly trafficEndMs: number | null;
}

const eventSchema = z.object({
  wallMs: z.number(),
  kind: z.string(),
  urn: z.string().nullable(),
  operation: z.string().nullable(),
  status: z.string(),
});

/** Type token of the components that move traffic, whatever implementation is below them. */
const trafficTokens = "holdfast:traffic:";

/** Out of the engine's events as an `up` left them; lines of another form say nothing. */
export function engineTimes(text: string | null): EngineTimes {
  const started = new Map<string, number>();
  const ended = new Map<string, number>();
  for (const line of (text ?? "").split("\n")) {
    const event = eventOf(line);
    if (event?.kind !== "resource" || event.urn === null || event.operation === "same") continue;
    if (event.status === "started" && !started.has(event.urn)) started.set(event.urn, event.wallMs);
    if (event.status === "done") ended.set(event.urn, event.wallMs);
  }
  const changed = [...ended]
    .map(([urn, endMs]) => ({ urn, startMs: started.get(urn) ?? endMs, endMs }))
    .filter(({ urn }) => !isOwnComponent(urn))
    .sort((a, b) => a.endMs - b.endMs);
  const traffic = changed.filter(({ urn }) => parentsOf(urn).includes(trafficTokens));
  return {
    resources: changed.map(({ urn, startMs, endMs }) => ({ name: nameOf(urn), startMs, endMs })),
    trafficStartMs: traffic.length === 0 ? null : Math.min(...traffic.map(({ startMs }) => startMs)),
    trafficEndMs: traffic.at(-1)?.endMs ?? null,
  };
}

function eventOf(line: string): z.infer<typeof eventSchema> | null {
  if (line === "") return null;
  try {
    return eventSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null; // torn by a kill
  }
}

/** urn:pulumi:STACK::PROJECT::PARENT$PARENT$TYPE::NAME */
const typesOf = (urn: string): readonly string[] => (urn.split("::")[2] ?? "").split("$");
const parentsOf = (urn: string): string => typesOf(urn).slice(0, -1).join("$");

/** A component does nothing of its own; its children are what takes time. */
function isOwnComponent(urn: string): boolean {
  const type = typesOf(urn).at(-1) ?? "";
  return type.startsWith("pulumi:") || /^holdfast:(?!index:)/.test(type);
}

function nameOf(urn: string): string {
  const type = typesOf(urn).at(-1)?.split(":").at(-1) ?? "";
  return `${type} ${urn.split("::").at(-1) ?? ""}`.trim();
}
