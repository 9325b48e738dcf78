/** What the lab needs built beforehand. `lab/connect.ts` fills it from the cache. */
export interface LabArtefacts {
  /** Path of a static executable. */
  bin(name: ToolName): string;
  /** Unpacked Debian 13 with containerd, etcd, the name servers and the rest; read-only by agreement. */
  readonly siteRoot: string;
  /** A containerd root that holds every image, unpacked; read-only by agreement. */
  readonly containerdRoot: string;
  /** Unpacked Debian 13 with Prometheus and promtool; read-only by agreement. */
  readonly prometheusRoot: string;
  /** Cache keys by artefact name, for the record. */
  readonly keys: Readonly<Record<string, string>>;
}

export const toolNames = [
  "kubernetes",
  "seaweedfs",
  "pulumi",
  "pulumi-kubernetes",
  "kube-router",
  "coredns",
  "mailpit",
] as const;
export type ToolName = (typeof toolNames)[number];
