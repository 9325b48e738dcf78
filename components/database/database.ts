import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { childOpts } from "../child-opts.ts";
import { digestOf } from "../digest.ts";
import { makeIdentity } from "../identity.ts";
import { labelsOf } from "../labels.ts";
import { makeVolume } from "../volume.ts";
import { renderAllConfigs } from "./all-configs.ts";
import type { DatabaseArgs } from "./args.ts";
import { renderRunEnvironment } from "./environment.ts";
import { makeMonitoringService } from "./monitoring.ts";
import { neutraliseFiles } from "./neutralise-files.ts";
import { databasePod } from "./pod.ts";
import { renderRolesSql } from "./roles-sql.ts";
import { scramVerifier } from "./scram.ts";
import { readScripts } from "./scripts.ts";
import { makeServices } from "./services.ts";

/**
 * PostgreSQL with pgBackRest: restored or made by an init container, promoted,
 * prepared and opened for archiving by the steward beside it. One `up` is enough.
 */
export class Database extends ComponentResource {
  readonly statefulSet: StatefulSet;
  /** Of each role, for the services that use it. */
  readonly passwords: Readonly<Record<string, Output<string>>>;
  /** Name of the secret with pgBackRest's configs, for backup jobs. */
  readonly configSecret: Output<string>;
  readonly scriptsMap: Output<string>;
  /** What its pod mounts and has to wait for: whoever starts after these leaves a promotion's first moments to the pod itself. */
  readonly settings: readonly Resource[];

  constructor(name: string, args: DatabaseArgs, opts: ComponentResourceOptions) {
    super("holdfast:database:Database", name, {}, opts);
    const labels = labelsOf(args.plan.name);
    this.passwords = this.makePasswords(name, args);
    const configs = this.renderConfigs(args);
    const roles = this.renderRoles(args);
    const scripts = readScripts();
    const configSecret = this.makeSecret(`${name}-pgbackrest`, "pgbackrest", args, configs);
    const rolesSecret = this.makeSecret(
      `${name}-roles`,
      `${args.plan.name}-roles`,
      args,
      roles.apply((text): Record<string, string> => ({ "roles.sql": text })),
    );
    const scriptsMap = this.makeScripts(name, args, scripts);
    this.settings = [configSecret, rolesSecret];
    const volume = makeVolume(this, name, args.plan.volume, args.namespace, labels);
    const identity = makeIdentity(this, `${name}-account`, args.plan.account, args.namespace, args.plan.name);
    this.configSecret = configSecret.metadata.name;
    this.scriptsMap = scriptsMap.metadata.name;
    makeServices(this, name, args.plan, args.namespace);
    makeMonitoringService(this, name, args.monitoring, args.plan.name, args.namespace);
    this.statefulSet = new StatefulSet(
      name,
      databasePod(args, {
        labels,
        claimName: volume.metadata.name,
        configSecret: this.configSecret,
        rolesSecret: rolesSecret.metadata.name,
        scriptsMap: this.scriptsMap,
        identity,
        configDigest: all([configs, roles]).apply(([texts, sql]) => digestOf({ ...texts, ...scripts, sql })),
      }),
      childOpts(this, { timeoutSeconds: args.plan.budgets.updateTimeoutSeconds }),
    );
    this.registerOutputs({});
  }

  private makePasswords(name: string, { plan, secrets }: DatabaseArgs): Record<string, Output<string>> {
    const passwords: Record<string, Output<string>> = {};
    for (const { name: role, password } of plan.roles) {
      passwords[role] =
        password === "generated"
          ? // No special characters: it is written into files of three different syntaxes.
            new RandomPassword(`${name}-${role}`, { length: 32, special: false }, childOpts(this)).result
          : secrets(password);
    }
    return passwords;
  }

  private renderConfigs(args: DatabaseArgs): Output<Record<string, string>> {
    return renderAllConfigs(args.repositories, args.term, args.certificate, args.secrets);
  }

  private renderRoles({ plan, site }: DatabaseArgs): Output<string> {
    return all(this.passwords).apply((passwords) => {
      const verifiers = Object.entries(passwords).map(([role, password]) => [
        role,
        scramVerifier(password, `${site} ${role}`),
      ]);
      return renderRolesSql(plan, Object.fromEntries(verifiers));
    });
  }

  private makeSecret(
    logicalName: string,
    objectName: string,
    { plan, namespace }: DatabaseArgs,
    files: Output<Record<string, string>>,
  ): Secret {
    return new Secret(
      logicalName,
      { metadata: { name: objectName, namespace, labels: labelsOf(plan.name) }, stringData: files },
      childOpts(this, { secretOutputs: ["data", "stringData"] }),
    );
  }

  private makeScripts(
    name: string,
    { plan, namespace, termPlan }: DatabaseArgs,
    scripts: Readonly<Record<string, string>>,
  ): ConfigMap {
    return new ConfigMap(
      `${name}-scripts`,
      {
        metadata: { name: `${plan.name}-scripts`, namespace, labels: labelsOf(plan.name) },
        data: {
          ...scripts,
          ...neutraliseFiles(plan.neutralise),
          "run.env": renderRunEnvironment(termPlan, plan.annotations),
        },
      },
      childOpts(this),
    );
  }
}
