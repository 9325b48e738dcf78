// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import { serve } from "../../../provider/server/serve.ts";
import { createAwsProvider } from "./provider.ts";

await serve(createAwsProvider(process.env), process.argv.slice(2));
