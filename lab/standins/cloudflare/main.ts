// Stand-in for Pulumi's provider cloudflare: the lab's alone.
import { serve } from "../../../provider/server/serve.ts";
import { createCloudflareProvider } from "./provider.ts";

await serve(createCloudflareProvider(process.env), process.argv.slice(2));
