export { planBackupAge } from "./backup-age.ts";
export { planOffsiteContract, planSiteContract } from "./contract.ts";
export { planOffsite } from "./offsite-plan.ts";
export { planSite } from "./site-plan.ts";
export type * from "./types.ts";
