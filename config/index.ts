export { sectionsFromPulumi } from "./from-pulumi.ts";
export { type LoadedConfig, loadConfig } from "./load.ts";
export { formatProblem } from "./problem.ts";
export { type Config, type OffsiteConfig, type SiteConfig, sectionNames } from "./schema.ts";
