// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import type { ProviderTable } from "../types/shape.ts";
import types from "./types.json" with { type: "json" };

/** The types of the AWS SDK in use; generated, see types/main.ts. */
export const awsTable = types as unknown as ProviderTable;
