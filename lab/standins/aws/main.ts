import { serve } from "../../../provider/server/serve.ts";
import { createAwsProvider } from "./provider.ts";

await serve(createAwsProvider(process.env), process.argv.slice(2));
