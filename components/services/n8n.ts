import { all, type Input, type Output } from "@pulumi/pulumi";
import type { N8nPlan } from "../../plan/types.ts";
import type { ResolveSecret } from "../secrets.ts";
import type { ServiceParts } from "./service-args.ts";

export interface N8nArgs {
  readonly plan: N8nPlan;
  readonly database: { readonly host: string; readonly port: number };
  readonly password: Output<string>;
  readonly tlsSecret: Input<string>;
  readonly secrets: ResolveSecret;
}

const secretFolder = "/etc/n8n";
const authorityFolder = "/holdfast/tls";

/** n8n's connection to PostgreSQL, and its secrets as files: a workflow can read its environment. */
export function n8nParts({ plan, database, password, tlsSecret, secrets }: N8nArgs): ServiceParts {
  return {
    env: {
      DB_TYPE: "postgresdb",
      DB_POSTGRESDB_HOST: database.host,
      DB_POSTGRESDB_PORT: String(database.port),
      DB_POSTGRESDB_DATABASE: plan.database.name,
      DB_POSTGRESDB_USER: plan.database.role,
      DB_POSTGRESDB_PASSWORD_FILE: `${secretFolder}/database-password`,
      DB_POSTGRESDB_SSL_ENABLED: "true",
      DB_POSTGRESDB_SSL_CA_FILE: `${authorityFolder}/ca.crt`,
      N8N_ENCRYPTION_KEY_FILE: `${secretFolder}/encryption-key`,
    },
    secretFiles: {
      files: all({ "database-password": password, "encryption-key": secrets(plan.encryptionKey) }),
      folder: secretFolder,
    },
    volumes: [
      {
        name: "authority",
        secret: { secretName: tlsSecret, defaultMode: 0o440, items: [{ key: "ca.crt", path: "ca.crt" }] },
      },
    ],
    mounts: [{ name: "authority", mountPath: authorityFolder, readOnly: true }],
  };
}
