// Stand-in for Pulumi's provider random: the lab's alone.
import { serve } from "../../../provider/server/serve.ts";
import { createRandomProvider } from "./provider.ts";

await serve(createRandomProvider(), process.argv.slice(2));
