// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import type { AnyHandler } from "../../../provider/server/handler.ts";
import { defineStandIn, type StandInResource } from "../define.ts";
import type { AwsToken } from "../types/tokens.ts";
import type { AwsClients } from "./clients.ts";
import { awsTable } from "./table.ts";

export type AwsResource<I> = StandInResource<I, AwsClients> & { readonly token: AwsToken };

/** A resource of AWS that acts through the SDK's clients. */
export function defineAws<I extends object>(resource: AwsResource<I>): AnyHandler<AwsClients> {
  return defineStandIn("aws", awsTable, resource);
}
