// Stand-in for Pulumi's provider random: the lab's alone.
import { hash } from "bcryptjs";
import { charactersSchema, checkCharacters, generateText } from "./characters.ts";
import { defineRandom } from "./stand-in.ts";

const BCRYPT_COST = 10;
/** bcrypt reads no further, and some implementations refuse longer texts. */
const BCRYPT_BYTES = 72;

export const randomPassword = defineRandom({
  token: "random:index/randomPassword:RandomPassword",
  schema: charactersSchema,
  rules: [checkCharacters],
  generated: ["result", "bcryptHash"],
  secretOutputs: ["result", "bcryptHash"],
  generate: async (inputs) => {
    const result = generateText(inputs);
    const bcryptHash = await hash(Buffer.from(result).subarray(0, BCRYPT_BYTES).toString(), BCRYPT_COST);
    // The id is shown everywhere, so the real provider does not put the password there.
    return { id: "none", values: { number: inputs.numeric, result, bcryptHash } };
  },
});
