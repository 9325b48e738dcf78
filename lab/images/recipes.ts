import type { BuildTool } from "../toolchain/index.ts";
import type { Recipe } from "./bootstrap.ts";
import type { NpmApplication } from "./npm-application.ts";
import type { ImageConfig } from "./oci.ts";

/** What a site and the third place run outside containers, unpacked as a folder. */
export const siteRootRecipe: Recipe = {
  suite: "trixie",
  hooks: "site-root",
  packages: [
    ...["etcd-server", "containerd", "runc", "containernetworking-plugins"],
    ...["nftables", "iptables", "ipset", "conntrack", "iproute2", "iputils-ping"],
    ...["pdns-server", "pdns-tools", "pdns-backend-sqlite3", "sqlite3", "unbound"],
    ...["ca-certificates", "util-linux", "mount", "procps", "kmod", "curl", "jq", "openssl"],
  ],
};

export interface DebianImage {
  readonly recipe: Recipe;
  readonly config: ImageConfig;
  /** Built ones that Debian has not, or too old; they go to /usr/local/bin. */
  readonly programs?: readonly BuildTool[];
  readonly application?: NpmApplication;
}

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Images that are Debian packages and little else. */
export const debianImages = {
  postgres: {
    recipe: {
      // Debian 13 has pgBackRest 2.55, whose asynchronous push goes on after an error; the plans count on 2.59's stop.
      suite: "forky",
      hooks: "postgres",
      packages: [
        "postgresql-18",
        "pgbackrest",
        "bash",
        "curl",
        "jq",
        "coreutils",
        "ca-certificates",
        "tzdata",
        // Logical dumps: encrypted, stored once, forgotten by rule.
        "restic",
        // Beside PostgreSQL in its pod: what is measured there has to be of the same release.
        "prometheus-node-exporter",
        "prometheus-postgres-exporter",
      ],
    },
    config: {
      Env: [`PATH=/usr/lib/postgresql/18/bin:${SYSTEM_PATH}`, "LANG=C.UTF-8"],
      User: "999:999",
      Cmd: ["/bin/bash"],
    },
  },
  odoo: {
    recipe: {
      // The last Debian with Odoo in it.
      suite: "bullseye",
      hooks: "odoo",
      packages: ["odoo-14", "postgresql-client", "ca-certificates", "tzdata"],
    },
    config: {
      Env: [`PATH=${SYSTEM_PATH}`, "LANG=C.UTF-8", "HOME=/var/lib/odoo"],
      User: "1000:1000",
      WorkingDir: "/var/lib/odoo",
      Cmd: ["odoo"],
    },
  },
  nginx: {
    recipe: {
      suite: "trixie",
      hooks: "nginx",
      packages: ["nginx", "libnginx-mod-stream", "ca-certificates", "curl"],
    },
    config: {
      Env: [`PATH=${SYSTEM_PATH}`, "LANG=C.UTF-8"],
      User: "101:101",
      Cmd: ["nginx", "-e", "stderr", "-g", "daemon off;"],
    },
  },
  /** Carries documents: beside Odoo, and in every site. */
  documents: {
    recipe: {
      suite: "trixie",
      hooks: "documents",
      packages: [
        "postgresql-client",
        "prometheus-node-exporter",
        "bash",
        "coreutils",
        "curl",
        "findutils",
        "mawk",
        "ca-certificates",
        "tzdata",
      ],
    },
    // Debian's 1.60 sends an ACL with every object, which a bucket owner's policy refuses.
    programs: ["rclone"],
    config: {
      Env: [`PATH=${SYSTEM_PATH}`, "LANG=C.UTF-8"],
      User: "1000:1000",
      Cmd: ["/bin/bash"],
    },
  },
  n8n: {
    recipe: {
      suite: "trixie",
      hooks: "n8n",
      packages: ["libstdc++6", "libatomic1", "ca-certificates", "tzdata"],
    },
    application: { folder: "n8n", program: "n8n" },
    config: {
      Env: [
        `PATH=${SYSTEM_PATH}`,
        "LANG=C.UTF-8",
        "HOME=/home/node",
        "N8N_USER_FOLDER=/home/node",
        "NODE_ENV=production",
      ],
      User: "1000:1000",
      WorkingDir: "/home/node",
      Cmd: ["n8n", "start"],
    },
  },
  ntfy: {
    recipe: { suite: "trixie", hooks: "ntfy", packages: ["ntfy", "ca-certificates"] },
    config: {
      Env: [`PATH=${SYSTEM_PATH}`, "LANG=C.UTF-8", "HOME=/tmp"],
      User: "1000:1000",
      Cmd: ["ntfy", "serve"],
    },
  },
  /** For `holdfast bench` alone: what backups are compared with. No site has it before it is asked for. */
  bench: {
    recipe: {
      // The postgres image's suite: its replay starts the same server.
      suite: "forky",
      hooks: "bench",
      packages: [
        "postgresql-18",
        "barman-cli-cloud",
        "python3-boto3",
        "python3-zstandard",
        "zstd",
        "tar",
        "bash",
        "jq",
        "coreutils",
        "ca-certificates",
        "tzdata",
      ],
    },
    config: {
      Env: [`PATH=/usr/lib/postgresql/18/bin:${SYSTEM_PATH}`, "LANG=C.UTF-8", "HOME=/tmp"],
      User: "999:999",
      Cmd: ["/bin/bash"],
    },
  },
} as const satisfies Record<string, DebianImage>;

export type DebianImageName = keyof typeof debianImages;
export type ImageName = DebianImageName | "seaweedfs" | "pause";
/** Those that every site has from its start. */
export const imageNames = [
  "pause",
  "postgres",
  "odoo",
  "nginx",
  "documents",
  "n8n",
  "ntfy",
  "seaweedfs",
] as const satisfies readonly ImageName[];

export const imageRef = (name: ImageName): string => `lab.holdfast.test/${name}:lab`;
