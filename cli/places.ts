import { getServers } from "node:dns";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { loadConfig, type SiteConfig, sectionsFromPulumi } from "../config/index.ts";
import type { Site } from "../contract/stack.ts";
import type { Places } from "../drill/adapters/index.ts";
import { UserError } from "../errors/user-error.ts";
import { planBackupAge, planSite, planSiteContract, type SecretRef, type SitePlan } from "../plan/index.ts";
import { storePlaceOf } from "../plan/offsite-place.ts";
import { roleEnvironment } from "../plan/pod-identities.ts";
import { repositoryOf } from "../plan/repositories.ts";
import { identityOf } from "./identity.ts";
import { labResolvers } from "./lab-here.ts";
import { readSecretOf } from "./secret-file.ts";

/** Where a site's things are, read from its stack file alone: nothing is asked, so a dead site reads as well as a living one. */
export interface SiteStack {
  readonly config: SiteConfig;
  readonly secret: (ref: SecretRef) => string;
}

export interface PlaceInputs {
  readonly repositoryRoot: string;
  readonly kubeconfig: string;
  /** $HOLDFAST_SECRETS */
  readonly secrets: string;
}

export async function readSiteStack(inputs: PlaceInputs, stack: Site | "rehearsal"): Promise<SiteStack> {
  const file = join(inputs.repositoryRoot, `Pulumi.${stack}.yaml`);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UserError("CONFIG_INVALID", { what: `there is no stack file for ${stack}`, got: file, cause });
  });
  const { config: values } = parse(text) as { readonly config?: Readonly<Record<string, unknown>> };
  const loaded = loadConfig(sectionsFromPulumi(values ?? {}), {
    stack,
    readSecretFile: (path) => readSecretOf(inputs.secrets, path),
  });
  if (loaded.config.kind !== "site") {
    throw new UserError("CONFIG_INVALID", {
      what: `${file} is not a site's`,
      allowed: "primary or dr as site.name",
    });
  }
  return {
    config: loaded.config,
    secret: ({ secret }) => {
      const value = loaded.secrets[secret];
      if (value === undefined)
        throw new UserError("SECRET_MISSING", { what: `stack ${stack} has no value for ${secret}` });
      return value;
    },
  };
}

/** Everything that the drill and `status` talk to. In a rehearsal dr is the copy that stands beside dr's own stack. */
export async function readPlaces(
  inputs: PlaceInputs,
  { rehearsal = false }: { readonly rehearsal?: boolean } = {},
): Promise<Places> {
  const [primary, dr] = await Promise.all([
    readSiteStack(inputs, "primary"),
    readSiteStack(inputs, rehearsal ? "rehearsal" : "dr"),
  ]);
  const plan = planSite(dr.config);
  const { offsite, traffic } = dr.config;
  const resolvers = dr.config.site.lab ? await labResolvers() : getServers();
  return {
    kubeconfig: inputs.kubeconfig,
    ca: dr.secret(offsite.ca),
    sites: { primary: sitePlace("primary", primary.config), dr: sitePlace("dr", dr.config) },
    offsite: {
      ...storePlaceOf(offsite),
      region: offsite.region,
      bucket: offsite.bucket,
      controlBucket: offsite.controlBucket,
      recordsBucket: offsite.recordsBucket,
      epochKey: plan.term.key,
      writer: identityOf(offsite.writer, dr.secret),
      recorder: identityOf(offsite.recorder, dr.secret),
      reader: identityOf(offsite.reader, dr.secret),
    },
    dns: {
      authoritatives: traffic.nameservers,
      resolvers: resolvers.map((address) => ({ name: `resolver ${address}`, address })),
    },
    publicName: traffic.publicName,
    databaseName: traffic.databaseName,
    canary: plan.canary === null ? null : { name: plan.canary.name, contract: planSiteContract(plan) },
    prober: { role: "prober", password: dr.secret(dr.config.database.roles.prober), database: "holdfast" },
    backupAge: planBackupAge(dr.config.backup.schedules),
    n8n: n8nOf(plan, dr.secret),
    logins: loginsOf(plan, dr.secret),
    odoo: {
      database: plan.services.odoo.database.name,
      login: "admin",
      password: dr.secret(dr.config.services.odoo.adminPassword),
    },
  };
}

function n8nOf({ services, database }: SitePlan, secret: SiteStack["secret"]): Places["n8n"] {
  const { n8n } = services;
  if (n8n === null) return null;
  const { name, role, password } = n8n.database;
  return {
    email: n8n.owner.email,
    password: secret(n8n.owner.password),
    database: { host: database.name, port: database.port, name, role, password: secret(password) },
  };
}

function loginsOf({ services }: SitePlan, secret: SiteStack["secret"]): Places["logins"] {
  const { notifications } = services;
  if (notifications === null) return {};
  const { name, user, password } = notifications;
  return { [name]: { user, password: secret(password) } };
}

/** What the database pod's containers are called beside the contract's one, and where its scripts keep their state. */
const stewardFiles = {
  containers: ["steward", "restore"],
  status: "/run/holdfast/status.json",
  config: "/etc/holdfast/pgbackrest",
} as const;
const httpsPort = 443;

function sitePlace(site: Site, config: SiteConfig): Places["sites"][Site] {
  const plan = planSite(config);
  const { database, backup } = planSiteContract(plan);
  if (database === null || backup === null) throw new Error(`the plan of ${site} has no database`);
  return {
    site,
    stack: plan.stack,
    context: plan.cluster.context,
    namespace: plan.namespace,
    address: plan.address,
    databasePort: database.port,
    gatewayPort: plan.services.gateway.port.nodePort ?? httpsPort,
    pod: {
      pod: database.pod,
      container: database.container,
      statusContainers: [database.container, ...stewardFiles.containers],
      statusFile: stewardFiles.status,
      configDirectory: stewardFiles.config,
      stanza: backup.stanza,
      offsiteEnvironment: roleEnvironment(repositoryOf(plan, "offsite").writer),
    },
  };
}
