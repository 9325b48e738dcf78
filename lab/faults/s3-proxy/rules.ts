import { z } from "zod";

/** What the proxy does to requests, as its control file says. The first rule that fits decides; none passes on. */
const actionSchema = z.discriminatedUnion("kind", [
  /** Answered in the store's stead; a body that was sent is swallowed, and is not stored. */
  z.object({ kind: z.literal("status"), status: z.number().int(), code: z.string() }),
  /** Each request waits so long, and bodies pass at so many bytes a second, both ways. */
  z.object({ kind: z.literal("slow"), delayMs: z.number(), bytesPerSecond: z.number().positive() }),
  /** A request whose head has come in stays unanswered so long; then it goes on to the store. */
  z.object({ kind: z.literal("hold"), ms: z.number() }),
  /** A TCP reset after so many bytes of the answer's body. */
  z.object({ kind: z.literal("reset"), afterBytes: z.number().int().nonnegative() }),
  /** 200 with the announced length, and the end of the connection before it. */
  z.object({ kind: z.literal("truncate"), keepBytes: z.number().int().nonnegative() }),
  /** 200 with as many bytes, one of them another. */
  z.object({ kind: z.literal("garble"), at: z.number().int().nonnegative() }),
  /** A listing without what is newer than that moment; 0 leaves nothing in it. */
  z.object({ kind: z.literal("list-before"), atMs: z.number() }),
]);

export const ruleSchema = z.object({
  name: z.string(),
  methods: z.array(z.string()).optional(),
  /** Regular expression on path and query as they were sent. */
  target: z.string().optional(),
  /** Share of the requests that fit, drawn by the seed. */
  rate: z.number().min(0).max(1).default(1),
  /** At most so many times. */
  times: z.number().int().positive().optional(),
  action: actionSchema,
});
export type Rule = z.infer<typeof ruleSchema>;

export const controlSchema = z.object({ seed: z.number().int().default(1), rules: z.array(ruleSchema) });
export type Control = z.input<typeof controlSchema>;

/** Draws and counts by rule; made anew with each control. */
export class Decider {
  readonly #rules: readonly { readonly rule: Rule; readonly target: RegExp | null; used: number }[];
  #state: number;

  constructor(control: z.output<typeof controlSchema>) {
    this.#rules = control.rules.map((rule) => ({
      rule,
      target: rule.target === undefined ? null : new RegExp(rule.target),
      used: 0,
    }));
    this.#state = control.seed >>> 0;
  }

  decide(method: string, target: string): Rule | null {
    for (const one of this.#rules) {
      const { rule } = one;
      if (rule.methods !== undefined && !rule.methods.includes(method)) continue;
      if (one.target !== null && !one.target.test(target)) continue;
      if (rule.times !== undefined && one.used >= rule.times) continue;
      if (this.#draw() >= rule.rate) continue;
      one.used += 1;
      return rule;
    }
    return null;
  }

  /** mulberry32: the same seed and the same order of requests give the same faults. */
  #draw(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

/** A listing as an older or eventually consistent store would give it: entries newer than the moment are not there. */
export function listingBefore(xml: string, atMs: number): string {
  return xml
    .replaceAll(/<Contents>.*?<\/Contents>/gs, (entry) => {
      const modified = /<LastModified>([^<]+)<\/LastModified>/.exec(entry)?.[1];
      return modified !== undefined && Date.parse(modified) <= atMs ? entry : "";
    })
    .replaceAll(/<CommonPrefixes>.*?<\/CommonPrefixes>/gs, (entry) => (atMs === 0 ? "" : entry))
    .replace(/<KeyCount>\d+<\/KeyCount>/, (count) => (atMs === 0 ? "<KeyCount>0</KeyCount>" : count));
}
