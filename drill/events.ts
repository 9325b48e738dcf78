import type { StepOutcome } from "./outcome.ts";

/** What the runner tells whoever draws the run. Drawing never decides anything. */
export type RunEvent =
  | {
      readonly kind: "run";
      readonly run: string;
      readonly scenario: string;
      readonly directory: string;
      readonly steps: readonly {
        readonly id: string;
        readonly title: string;
        readonly expectedMs: number | null;
      }[];
    }
  | { readonly kind: "started"; readonly step: string; readonly atMs: number }
  | { readonly kind: "progress"; readonly step: string; readonly message: string; readonly atMs: number }
  | {
      readonly kind: "ended";
      readonly step: string;
      readonly outcome: StepOutcome;
      readonly startMs: number;
      readonly endMs: number;
    }
  | { readonly kind: "finding"; readonly step: string; readonly severity: string; readonly what: string }
  | { readonly kind: "rollback"; readonly step: string; readonly ok: boolean; readonly reason: string | null }
  | { readonly kind: "interrupted"; readonly reason: string }
  | { readonly kind: "finished"; readonly lines: readonly string[] };

export type OnEvent = (event: RunEvent) => void;
