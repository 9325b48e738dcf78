import type { Resource } from "../../../policy/rule.ts";

/** What one rule has to say of one stack. Every other rule has to say nothing. */
export interface Case {
  readonly rule: string;
  /** `nearMiss` breaks one field of a valid stack; `extras` is valid with more than is needed. */
  readonly kind: "valid" | "nearMiss" | "extras";
  readonly what: string;
  readonly stack: readonly Resource[];
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Of a near miss: words that its message must have. */
  readonly says?: string;
}
