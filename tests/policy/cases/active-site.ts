import type { Resource } from "../../../policy/rule.ts";
import { changed, postgresPath, site, type Value, withChanged } from "../builders.ts";

/** A site that breaks no rule; most cases break one field of it. */
export const active = site();

/** The site with the value at a path of one resource changed. */
export const broken = (name: string, path: string, value: Value): readonly Resource[] =>
  withChanged(active, name, (one) => changed(one, path, value));

/** With other arguments for the database. */
export const args = (text: string): readonly Resource[] =>
  broken("database", `${postgresPath}.args`, ["-c", "archive_mode=on", ...text.split(" ")]);

/** With another variable in the database's environment. */
export const env = (name: string, value: string): readonly Resource[] =>
  broken("database", `${postgresPath}.env.3`, { name, value });

/** The schedule of full backups to the third place. */
export const full = "backup-offsite-full";
/** From a schedule to the pod that it starts. */
export const jobPod = "spec.jobTemplate.spec.template.spec";
