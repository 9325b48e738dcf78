import { serve } from "../../../provider/server/serve.ts";
import { createRandomProvider } from "./provider.ts";

await serve(createRandomProvider(), process.argv.slice(2));
