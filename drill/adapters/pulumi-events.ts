import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { PulumiEvent } from "../ports/engine.ts";

/** The engine's events in the drill's words; null for those that say nothing to it. */
export function toPulumiEvent(event: EngineEvent): PulumiEvent | null {
  const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent, summaryEvent } = event;
  if (resourcePreEvent !== undefined) return resourceEvent(resourcePreEvent.metadata, "started");
  if (resOutputsEvent !== undefined) return resourceEvent(resOutputsEvent.metadata, "done");
  if (resOpFailedEvent !== undefined) return resourceEvent(resOpFailedEvent.metadata, "failed");
  if (diagnosticEvent !== undefined) {
    // Ephemeral ones are progress that the engine overwrites on a terminal.
    if (diagnosticEvent.ephemeral === true) return null;
    // The SDK's debugging messages print whole answers, secrets in clear among them, and events become
    // evidence. The library's type has no such severity; the engine's log does.
    if ((diagnosticEvent.severity as string) === "debug") return null;
    const status =
      diagnosticEvent.severity === "error" || diagnosticEvent.severity === "warning"
        ? diagnosticEvent.severity
        : "info";
    const message = withoutColors(diagnosticEvent.message).trim();
    return {
      kind: "diagnostic",
      urn: diagnosticEvent.urn ?? null,
      type: null,
      operation: null,
      status,
      message,
    };
  }
  if (summaryEvent !== undefined) {
    const changes = Object.entries(summaryEvent.resourceChanges ?? {}).map(
      ([operation, count]) => `${count} ${operation}`,
    );
    return {
      kind: "summary",
      urn: null,
      type: null,
      operation: null,
      status: "done",
      message: changes.join(", "),
    };
  }
  return null;
}

function resourceEvent(
  metadata: { readonly urn: string; readonly type: string; readonly op: string },
  status: "started" | "done" | "failed",
): PulumiEvent {
  const name = metadata.urn.split("::").at(-1) ?? metadata.urn;
  return {
    kind: "resource",
    urn: metadata.urn,
    type: metadata.type,
    operation: metadata.op,
    status,
    message: `${metadata.op} ${metadata.type} ${name}`,
  };
}

/** The engine marks colours as <{%fg 1%}>. */
function withoutColors(text: string): string {
  return text.replaceAll(/<\{%[^%]*%\}>/g, "");
}
