// Stand-in for Pulumi's provider random: the lab's alone.
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { defineRandom, keepers } from "./stand-in.ts";

export const randomId = defineRandom({
  token: "random:index/randomId:RandomId",
  schema: z.object({ byteLength: z.int().min(1), prefix: z.string().optional(), keepers }),
  generated: ["b64Std", "b64Url", "dec", "hex"],
  generate: async ({ byteLength, prefix = "" }) => {
    const bytes = randomBytes(byteLength);
    const b64Url = bytes.toString("base64url");
    return {
      // Without the prefix: that is what an import takes.
      id: b64Url,
      values: {
        b64Std: `${prefix}${bytes.toString("base64")}`,
        b64Url: `${prefix}${b64Url}`,
        dec: `${prefix}${BigInt(`0x${bytes.toString("hex")}`)}`,
        hex: `${prefix}${bytes.toString("hex")}`,
      },
    };
  },
});
