import packageJson from "../package.json" with { type: "json" };
import type { Clients } from "./clients/index.ts";
import { providerConfig } from "./config.ts";
import { handlers } from "./resources/index.ts";
import { Provider } from "./server/provider.ts";
import { serve } from "./server/serve.ts";

const provider = new Provider<Clients>({
  name: "holdfast",
  version: packageJson.version,
  config: providerConfig,
  handlers,
});

await serve(provider, process.argv.slice(2));
