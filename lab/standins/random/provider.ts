// Stand-in for Pulumi's provider random: the lab's alone.
import { z } from "zod";
import { checkInputs } from "../../../provider/server/check.ts";
import { Provider } from "../../../provider/server/provider.ts";
import { RANDOM_VERSION, STAND_IN_MARK } from "../version.ts";
import { randomId } from "./id.ts";
import { randomInteger } from "./integer.ts";
import { randomPassword } from "./password.ts";
import { randomString } from "./string.ts";
import { randomUuid } from "./uuid.ts";

/** Lab stand-in for the random provider: the types the project uses, and no others. */
export function createRandomProvider(): Provider<undefined> {
  return new Provider<undefined>({
    name: "random",
    version: `${RANDOM_VERSION}+${STAND_IN_MARK}`,
    config: {
      check: (inputs) => checkInputs(z.object({ version: z.string().optional() }), inputs),
      configure: () => undefined,
    },
    handlers: [randomId, randomInteger, randomPassword, randomString, randomUuid],
  });
}
