// Stand-in for Pulumi's provider random: the lab's alone.
import { randomInt } from "node:crypto";
import { z } from "zod";
import { defineRandom, keepers } from "./stand-in.ts";

const schema = z.object({
  min: z.int(),
  max: z.int(),
  // A seed must give the number the real provider gives, and only the real provider can.
  seed: z.never("the lab's stand-in for random does not know seed").optional(),
  keepers,
});

export const randomInteger = defineRandom({
  token: "random:index/randomInteger:RandomInteger",
  schema,
  rules: [
    ({ min, max }) =>
      min <= max ? [] : [{ property: "min", reason: `min: must not be above max (${max}), got ${min}` }],
    ({ min, max }) =>
      max - min < 2 ** 48 - 1
        ? []
        : [{ property: "max", reason: "max: the lab's stand-in draws from ranges below 2^48 only" }],
  ],
  generated: ["result"],
  generate: async ({ min, max }) => {
    const result = randomInt(min, max + 1);
    return { id: String(result), values: { result } };
  },
});
