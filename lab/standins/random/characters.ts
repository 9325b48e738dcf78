// Stand-in for Pulumi's provider random: the lab's alone.
import { randomInt } from "node:crypto";
import { z } from "zod";
import type { CrossCheck } from "../../../provider/server/check.ts";
import { keepers } from "./stand-in.ts";

const CLASSES = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
} as const;

/** The inputs that RandomPassword and RandomString share, with the real provider's defaults. */
export const charactersSchema = z.object({
  length: z.int().min(1),
  lower: z.boolean().default(true),
  upper: z.boolean().default(true),
  numeric: z.boolean().default(true),
  /** The old name of `numeric`. */
  number: z.boolean().optional(),
  special: z.boolean().default(true),
  minLower: z.int().min(0).default(0),
  minUpper: z.int().min(0).default(0),
  minNumeric: z.int().min(0).default(0),
  minSpecial: z.int().min(0).default(0),
  overrideSpecial: z.string().optional(),
  keepers,
});
type Characters = z.infer<typeof charactersSchema>;

export const checkCharacters: CrossCheck<Characters> = (inputs) => {
  const least = inputs.minLower + inputs.minUpper + inputs.minNumeric + inputs.minSpecial;
  if (inputs.length < least) {
    return [
      {
        property: "length",
        reason: `length: must be at least ${least}, the sum of minLower, minUpper, minNumeric and minSpecial; got ${inputs.length}`,
      },
    ];
  }
  if (inputs.number !== undefined && inputs.number !== inputs.numeric) {
    return [{ property: "number", reason: "number: the old name of numeric, and differs from it" }];
  }
  if (alphabet(inputs) === "") {
    return [{ property: "lower", reason: "at least one of lower, upper, numeric and special must be true" }];
  }
  return [];
};

/** The least numbers first, then any of the allowed characters, then all of it in random order. */
export function generateText(inputs: Characters): string {
  const required = [
    ...pick(CLASSES.lower, inputs.minLower),
    ...pick(CLASSES.upper, inputs.minUpper),
    ...pick(CLASSES.numeric, inputs.minNumeric),
    ...pick(special(inputs), inputs.minSpecial),
  ];
  return shuffle([...required, ...pick(alphabet(inputs), inputs.length - required.length)]).join("");
}

function alphabet(inputs: Characters): string {
  return [
    inputs.lower ? CLASSES.lower : "",
    inputs.upper ? CLASSES.upper : "",
    inputs.numeric ? CLASSES.numeric : "",
    inputs.special ? special(inputs) : "",
  ].join("");
}

function special({ overrideSpecial }: Characters): string {
  return overrideSpecial === undefined || overrideSpecial === "" ? CLASSES.special : overrideSpecial;
}

function pick(characters: string, count: number): readonly string[] {
  return Array.from({ length: count }, () => characters.charAt(randomInt(characters.length)));
}

function shuffle(characters: string[]): readonly string[] {
  for (let index = characters.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    const [left, right] = [characters[index] ?? "", characters[other] ?? ""];
    characters[index] = right;
    characters[other] = left;
  }
  return characters;
}
