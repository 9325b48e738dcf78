// Stand-in for Pulumi's provider random: the lab's alone.
import { charactersSchema, checkCharacters, generateText } from "./characters.ts";
import { defineRandom } from "./stand-in.ts";

export const randomString = defineRandom({
  token: "random:index/randomString:RandomString",
  schema: charactersSchema,
  rules: [checkCharacters],
  generated: ["result"],
  generate: async (inputs) => {
    const result = generateText(inputs);
    return { id: result, values: { number: inputs.numeric, result } };
  },
});
