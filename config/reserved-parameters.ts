/**
 * PostgreSQL settings that holdfast sets itself, with the reason why nobody
 * else may: each one, set otherwise, breaks archiving, recovery or the measure of it.
 */
const reserved: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /^archive_/, why: "archiving decides the RPO; set holdfast:database.archiveTimeout" },
  { pattern: /^(restore_command|recovery_.*|primary_.*)$/, why: "the restore writes it" },
  { pattern: /^(wal_level|max_wal_senders)$/, why: "backups and recovery need it as it is, at both sites" },
  {
    pattern: /^(fsync|full_page_writes|synchronous_commit)$/,
    why: "an acknowledged commit has to be on disk",
  },
  { pattern: /^(ssl|ssl_.*)$/, why: "certificates come from holdfast:site.tls" },
  { pattern: /^password_encryption$/, why: "passwords are given as SCRAM verifiers" },
  {
    pattern: /^(listen_addresses|port|unix_socket_.*)$/,
    why: "services and probes reach the database by it",
  },
  {
    pattern: /^(data_directory|hba_file|ident_file|config_file|external_pid_file)$/,
    why: "it lies where the volume is mounted",
  },
];

/** Why a setting is not a user's to give, or undefined where it is. */
export function whyReserved(parameter: string): string | undefined {
  return reserved.find((entry) => entry.pattern.test(parameter))?.why;
}
