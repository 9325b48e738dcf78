import { z } from "zod";
import { backupSection, offsiteBackupSection } from "./backup-section.ts";
import { databaseSection } from "./database-section.ts";
import { documentsSection } from "./documents-section.ts";
import { monitoringSection } from "./monitoring-section.ts";
import { offsiteOffsiteSection, siteOffsiteSection } from "./offsite-section.ts";
import { recoverySection } from "./recovery-section.ts";
import { servicesSection } from "./services-section.ts";
import { offsiteSiteSection, siteSection } from "./site-section.ts";
import { storeSection } from "./store-section.ts";
import { targetsSection } from "./targets-section.ts";
import { offsiteTrafficSection, trafficSection } from "./traffic-section.ts";

/** A stack file of primary, dr or rehearsal. */
export const siteStackSchema = z.strictObject({
  site: siteSection,
  targets: targetsSection,
  offsite: siteOffsiteSection,
  store: storeSection,
  database: databaseSection,
  backup: backupSection,
  documents: documentsSection,
  services: servicesSection,
  monitoring: monitoringSection,
  traffic: trafficSection,
  recovery: recoverySection,
});

/** The stack file of the third place. */
export const offsiteStackSchema = z.strictObject({
  site: offsiteSiteSection,
  targets: targetsSection,
  offsite: offsiteOffsiteSection,
  backup: offsiteBackupSection,
  traffic: offsiteTrafficSection,
});

/** Every section that some stack has, in the order of the stack files. */
export const sectionNames = Object.keys(
  siteStackSchema.shape,
) as readonly (keyof typeof siteStackSchema.shape)[];

export type SiteConfig = DeepReadonly<z.output<typeof siteStackSchema>> & {
  readonly kind: "site";
  readonly stack: string;
};

export type OffsiteConfig = DeepReadonly<z.output<typeof offsiteStackSchema>> & {
  readonly kind: "offsite";
  readonly stack: string;
};

export type Config = SiteConfig | OffsiteConfig;

type DeepReadonly<T> = T extends readonly (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends string | number | boolean
    ? T
    : { readonly [K in keyof T]: DeepReadonly<T[K]> };

/** A config of which some values were not usable: what the checks that compare values work on. */
export type Partly<T> = T extends readonly (infer U)[]
  ? readonly (Partly<U> | undefined)[]
  : T extends string | number | boolean
    ? T
    : { readonly [K in keyof T]?: Partly<T[K]> | undefined };
