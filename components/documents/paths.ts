/** Paths inside the pods that carry documents; scripts/documents.sh has the same. */
export const documentPaths = {
  bin: "/holdfast/documents",
  config: "/etc/holdfast/documents",
  /** Of the role that reads rows. */
  password: "/etc/holdfast/documents-password",
  tls: "/etc/holdfast/tls",
  metrics: "/run/holdfast/metrics",
} as const;
