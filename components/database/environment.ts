import type { types } from "@pulumi/kubernetes";
import type { RecoveryPlan } from "../../plan/types.ts";
import type { DatabaseArgs } from "./args.ts";
import { paths } from "./paths.ts";

/** What the pod's scripts are told; names as in scripts/lib.sh. Nothing secret: those are files. */
export function environmentOf(args: DatabaseArgs): types.input.core.v1.EnvVar[] {
  const { plan, term, termPlan, repositories } = args;
  const offsite = repositories.find(({ kind }) => kind === "offsite");
  const site = repositories.find(({ kind }) => kind === "site");
  if (offsite === undefined)
    throw new Error("a database without an offsite repository cannot be restored anywhere");
  return [
    { name: "PGDATA", value: paths.pgData },
    { name: "PGHOST", value: paths.socket },
    { name: "PGPORT", value: String(plan.port) },
    { name: "HF_SITE", value: args.site },
    { name: "HF_ROLE", value: args.role },
    { name: "HF_EPOCH", value: term.epoch.apply(String) },
    { name: "HF_SOURCE_EPOCH", value: term.sourceEpoch.apply(String) },
    { name: "HF_STANZA", value: offsite.stanza },
    {
      name: "HF_CONTROL_URL",
      value: `https://${offsite.endpoint.host}:${offsite.endpoint.port}/${termPlan.bucket}`,
    },
    { name: "HF_EPOCH_KEY", value: termPlan.key },
    { name: "HF_NEUTRALISE", value: plan.neutralise.map(({ name }) => name).join(" ") },
    { name: "HF_ODOO_DATABASE", value: args.odooDatabase },
    { name: "HF_SITE_PUSH_TIMEOUT", value: String(site?.pushTimeoutSeconds ?? 5) },
  ];
}

/**
 * What a run asks of the restore: a file among the scripts and not the
 * environment, because it must not roll the pod. The next ordinary `up` has no
 * run, and would restart a database that is serving.
 */
export function renderRunEnvironment(
  { run, recoveryTimeline, recovery }: DatabaseArgs["termPlan"],
  annotations: Readonly<Record<string, string>> = {},
): string {
  const lines = {
    HF_ANNOTATIONS: Object.entries(annotations)
      .map(([key, value]) => `${key}=${value}`)
      .join(" "),
    HF_RUN: run ?? "",
    HF_RECOVERY_TIMELINE: String(recoveryTimeline ?? ""),
    ...recoveryEnvironment(recovery),
  };
  return Object.entries(lines)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}

/** As scripts/recovery-target.sh reads it. No value can hold a quote: the config's patterns see to that. */
export function recoveryEnvironment(recovery: RecoveryPlan | null): Readonly<Record<string, string>> {
  return {
    HF_RECOVERY_KIND: recovery?.kind ?? "latest",
    HF_RECOVERY_TARGET: recovery?.target ?? "",
    HF_RECOVERY_SET: recovery?.set ?? "",
    HF_RECOVERY_EXCLUSIVE: recovery?.exclusive === true ? "yes" : "",
    HF_RECOVERY_REPOSITORY: recovery?.repository ?? "offsite",
    HF_RECOVERY_AS_OF: recovery?.asOf ?? "",
  };
}
