// Stand-in for Pulumi's provider cloudflare: the lab's alone.
import type { ProviderTable } from "../types/shape.ts";
import types from "./types.json" with { type: "json" };

/** The types of the Cloudflare SDK in use; generated, see types/main.ts. */
export const cloudflareTable = types as unknown as ProviderTable;
