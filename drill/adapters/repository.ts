import type { Site } from "../../contract/stack.ts";
import type { KubePort } from "../ports/cluster.ts";
import type { S3Port } from "../ports/objects.ts";
import { PortError } from "../ports/port-error.ts";
import type { RepositoryPort } from "../ports/repository.ts";
import { messageOf } from "./deadline.ts";
import type { Places } from "./places.ts";
import { newestSegmentOf, parseRepositoryInfo, storedSetsOf } from "./repository-info.ts";

export function createRepositoryPort(
  places: Pick<Places, "sites" | "offsite">,
  ports: { readonly kube: (site: Site) => KubePort; readonly s3: S3Port },
): RepositoryPort {
  return {
    info: async ({ repository, epoch, via }, signal) => {
      const { namespace, pod } = places.sites[via];
      const environment = repository === "offsite" ? Object.entries(pod.offsiteEnvironment) : [];
      const command = [
        ...(environment.length === 0
          ? []
          : ["env", ...environment.map(([name, value]) => `${name}=${value}`)]),
        "pgbackrest",
        `--config=${pod.configDirectory}/archive-${repository}.conf`,
        `--stanza=${pod.stanza}`,
        `--repo1-path=${epochPath(epoch)}`,
        // What it says goes to standard output, and would stand before the JSON.
        "--log-level-console=off",
        "--log-level-stderr=error",
        "info",
        "--output=json",
      ];
      const result = await ports
        .kube(via)
        .exec({ namespace, pod: pod.pod, container: pod.container }, command, { signal });
      const what = `pgbackrest info of ${repository}, epoch ${epoch}, from ${via}`;
      if (result.exitCode !== 0) {
        throw new PortError(
          "repository",
          `${what}: status ${result.exitCode}: ${(result.stderr || result.stdout).trim()}`,
        );
      }
      try {
        return parseRepositoryInfo(result.stdout, pod.stanza);
      } catch (cause) {
        throw new PortError("repository", `${what}: an answer that cannot be read: ${messageOf(cause)}`, {
          cause,
        });
      }
    },
    newestSegment: async (epoch, signal, storedByMs = Number.POSITIVE_INFINITY) => {
      const { stanza } = places.sites.primary.pod;
      const prefix = `${epochPath(epoch).slice(1)}/archive/${stanza}/`;
      const stored = await ports.s3.list(places.offsite.bucket, prefix, signal);
      const newest = newestSegmentOf(stored.filter(({ lastModifiedMs }) => lastModifiedMs <= storedByMs));
      return newest === null ? null : { segment: newest.segment, storedAtMs: newest.object.lastModifiedMs };
    },
    storedSets: async (epoch, signal) => {
      const { stanza } = places.sites.primary.pod;
      const prefix = `${epochPath(epoch).slice(1)}/backup/${stanza}/`;
      return storedSetsOf(await ports.s3.list(places.offsite.bucket, prefix, signal));
    },
  };
}

function epochPath(epoch: number): string {
  return `/epochs/${epoch}`;
}
