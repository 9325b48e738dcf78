import { tlsDirectory } from "../../plan/database.ts";

/** Paths inside the database pod and its backup jobs: pgBackRest compares pg1-path on both sides. */
export const paths = {
  volume: "/var/lib/postgresql/data",
  /** Below the mount: a volume's root has lost+found in it, and its mode is not PostgreSQL's. */
  pgData: "/var/lib/postgresql/data/pgdata",
  socket: "/run/postgresql",
  state: "/run/holdfast",
  lock: "/run/pgbackrest",
  spool: "/var/spool/pgbackrest",
  log: "/var/log/pgbackrest",
  bin: "/holdfast/bin",
  config: "/etc/holdfast/pgbackrest",
  roles: "/etc/holdfast/roles",
  /** The plan names it in ssl_cert_file. */
  tls: tlsDirectory,
  /** Service and certificate name of pgBackRest's TLS server. */
  serverName: "pgbackrest",
  serverPort: 8432,
} as const;
