import type { ConfigPorts } from "../secret.ts";
import { type Findings, gather, nothing, problem, warning } from "./findings.ts";
import { type AnyConfig, isOffsiteConfig, isSiteConfig } from "./kind.ts";

/** What is right in the lab and gives a production site away. */
export function checkLabOnly(config: AnyConfig, ports: ConfigPorts): Findings {
  if (config.site?.lab !== false) return nothing;
  const hint = "set holdfast:site.lab to true if this is the lab";
  const findings: Findings[] = [];
  if (ports.usesLabPassphrase === true) {
    findings.push(
      problem({
        path: "site.lab",
        what: "the stack's secrets are encrypted with the lab's public passphrase",
        got: "false",
        hint: "change it: pulumi stack change-secrets-provider passphrase",
      }),
    );
  }
  for (const [path, url] of [
    ["offsite.endpoint", config.offsite?.implementation === "s3" ? config.offsite.endpoint : undefined],
    ["traffic.api", config.traffic?.implementation === "powerdns" ? config.traffic.api : undefined],
  ] as const) {
    if (url?.startsWith("http://")) {
      findings.push(
        problem({ path, what: "plain HTTP shows the keys to the network", got: url, allowed: "https", hint }),
      );
    }
  }
  if (config.traffic?.zone !== undefined && /(^|\.)test$/.test(config.traffic.zone)) {
    findings.push(
      problem({
        path: "traffic.zone",
        what: "names under .test exist only in tests",
        got: config.traffic.zone,
        hint,
      }),
    );
  }
  for (const path of unprotectedPaths(config)) {
    findings.push(
      warning({
        path,
        what: "what holds data is not protected: a destroy deletes it",
        got: "false",
        allowed: "true",
      }),
    );
  }
  if (isOffsiteConfig(config) && config.offsite?.lock?.mode === "GOVERNANCE") {
    findings.push(
      warning({
        path: "offsite.lock.mode",
        what: "whoever holds the admin keys can lift the lock and delete every backup",
        got: "GOVERNANCE",
        allowed: "COMPLIANCE",
      }),
    );
  }
  if (
    isOffsiteConfig(config) &&
    config.offsite?.implementation === "s3" &&
    config.offsite.writers?.length === 0
  ) {
    findings.push(
      warning({
        path: "offsite.writers",
        what: "nobody is denied to delete versions: when the lock has ended, the writers' keys can",
        got: "[]",
        allowed: "the ARNs of the identities that write",
      }),
    );
  }
  return gather(findings);
}

function unprotectedPaths(config: AnyConfig): readonly string[] {
  const flags = {
    "offsite.protect": isOffsiteConfig(config) ? config.offsite?.protect : undefined,
    "store.protect": isSiteConfig(config) ? config.store?.protect : undefined,
    "database.protect": isSiteConfig(config) ? config.database?.protect : undefined,
  };
  return Object.entries(flags).flatMap(([path, value]) => (value === false ? [path] : []));
}
