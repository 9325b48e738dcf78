import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { types } from "@pulumi/kubernetes";
import { all, type Input, type Output, output } from "@pulumi/pulumi";
import type { OdooPlan } from "../../plan/types.ts";
import { type Filestore, filestoreVolumes, fillContainer, pushContainers } from "../documents/filestore.ts";
import { containerSecurity } from "../pod-security.ts";
import { toRequirements } from "../resources.ts";
import type { ResolveSecret } from "../secrets.ts";
import { renderOdooConf } from "./odoo-conf.ts";
import type { ServiceParts } from "./service-args.ts";

export interface OdooArgs {
  readonly plan: OdooPlan;
  readonly database: { readonly host: string; readonly port: number };
  readonly password: Input<string>;
  readonly publicUrl: string;
  readonly filestore: Filestore;
  readonly secrets: ResolveSecret;
}

const dataFolder = "/var/lib/odoo";
/** Below odoo.conf's data_dir, a folder for each database. */
const filestoreFolder = `${dataFolder}/filestore`;
const dataMount: types.input.core.v1.VolumeMount = { name: "data", mountPath: dataFolder };

/** Rows name Odoo's attachments, which are files of a volume of its own: the filestore carries them to the third place. */
export function odooParts(args: OdooArgs): ServiceParts {
  const { filestore } = args;
  return {
    formerType: "holdfast:services:Odoo",
    secretFiles: { files: renderFiles(args), folder: "/etc/odoo" },
    textFiles: {
      suffix: "scripts",
      files: output(readScripts()),
      folder: "/holdfast/odoo",
      executable: true,
    },
    volume: { plan: args.plan.volume, folder: dataFolder },
    // Filled while the database restores: the second one waits for it.
    initContainers: (mounts) => [
      fillContainer(filestore, filestoreFolder, dataMount),
      initialiseContainer(args, mounts),
    ],
    sidecars: () => pushContainers(filestore, filestoreFolder, dataMount),
    volumes: filestoreVolumes(filestore),
    identity: filestore.identity,
    digest: filestore.digest,
  };
}

function renderFiles({ plan, database, password, secrets }: OdooArgs): Output<Record<string, string>> {
  return all([password, secrets(plan.adminPassword)]).apply(
    ([ofDatabase, ofAdmin]): Record<string, string> => ({
      "odoo.conf": renderOdooConf(plan, database, ofDatabase),
      "admin-password": ofAdmin,
      // libpq's own form, for the init container.
      pgpass: `${database.host}:${database.port}:*:${plan.database.role}:${ofDatabase}\n`,
    }),
  );
}

function initialiseContainer(
  { plan, database, publicUrl }: OdooArgs,
  mounts: types.input.core.v1.VolumeMount[],
): types.input.core.v1.Container {
  const values = {
    PGHOST: database.host,
    PGPORT: String(database.port),
    PGUSER: plan.database.role,
    PGDATABASE: plan.database.name,
    PGSSLMODE: "require",
    PGCONNECT_TIMEOUT: "2",
    HF_PGPASS: "/etc/odoo/pgpass",
    ODOO_MODULES: plan.modules.join(","),
    ODOO_BASE_URL: publicUrl,
    HOME: "/tmp",
  };
  return {
    name: "initialise",
    image: plan.image,
    imagePullPolicy: "IfNotPresent",
    command: ["/holdfast/odoo/initialise.sh"],
    env: Object.entries(values).map(([name, value]) => ({ name, value })),
    securityContext: containerSecurity,
    resources: toRequirements(plan.resources),
    volumeMounts: mounts,
  };
}

function readScripts(): Record<string, string> {
  const folder = join(import.meta.dirname, "scripts");
  return Object.fromEntries(
    ["initialise.sh", "first-settings.py"].map((file) => [file, readFileSync(join(folder, file), "utf8")]),
  );
}
