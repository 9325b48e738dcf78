export { Bucket, type BucketArgs, type LifecycleArgs, type ObjectLockArgs } from "./bucket.ts";
export { Fence, type FenceArgs } from "./fence.ts";
export { type PowerDnsArgs, Provider, type ProviderArgs, type S3Args } from "./provider.ts";
export { Record, type RecordArgs } from "./record.ts";
export { Term, type TermArgs } from "./term.ts";
export { WeightedRecord, type WeightedRecordArgs, type WeightedTargetArgs } from "./weighted-record.ts";
export { Zone, type ZoneArgs } from "./zone.ts";
