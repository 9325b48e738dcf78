// Stand-in for Pulumi's provider random: the lab's alone.
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { defineRandom, keepers } from "./stand-in.ts";

export const randomUuid = defineRandom({
  token: "random:index/randomUuid:RandomUuid",
  schema: z.object({ keepers }),
  generated: ["result"],
  generate: async () => {
    const result: string = randomUUID();
    return { id: result, values: { result } };
  },
});
