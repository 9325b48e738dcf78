import type { Clients } from "../clients/index.ts";
import type { AnyHandler } from "../server/handler.ts";
import { bucketHandler } from "./bucket.ts";
import { fenceHandler } from "./fence.ts";
import { recordHandler } from "./record.ts";
import { termHandler } from "./term.ts";
import { weightedRecordHandler } from "./weighted-record.ts";
import { zoneHandler } from "./zone.ts";

/** Every resource type of the provider. */
export const handlers: readonly AnyHandler<Clients>[] = [
  bucketHandler,
  fenceHandler,
  recordHandler,
  termHandler,
  weightedRecordHandler,
  zoneHandler,
];
