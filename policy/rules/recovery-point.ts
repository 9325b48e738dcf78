import { backupJobsOf, backupNames } from "../read/backup-jobs.ts";
import { cronStarts, longestGap } from "../read/cron.ts";
import { repositoriesOf } from "../read/pgbackrest.ts";
import { holdsText, kubernetesKind, objectName } from "../read/pods.ts";
import { archiversOf, mayArchive, parseSeconds } from "../read/postgres.ts";
import { each } from "../read/value.ts";
import { type Finding, type Resource, type Rule, resourceRule, stackRule, wholeNumber } from "../rule.ts";
import { marginSeconds } from "./schedules.ts";

const rpoSeconds = wholeNumber(900, "the recovery point objective: seconds of work that a loss may cost");

const archiveTimeoutWithinRpo = resourceRule({
  name: "archive-timeout-within-rpo",
  title: "archive_timeout is set, and shorter than the RPO",
  severity: "critical",
  level: "mandatory",
  reason: "a quiet database keeps its last segment to itself until archive_timeout; by default for ever",
  remediation: "set archive_timeout well below the RPO, 60 s say",
  settings: { rpoSeconds },
  covers: mayArchive,
  *judge(resource, values) {
    for (const { what, settings } of archiversOf(resource)) {
      const timeout = parseSeconds(settings.get("archive_timeout"));
      if (timeout === undefined || timeout === 0) yield `${what} archives without archive_timeout`;
      else if (timeout >= values.rpoSeconds)
        yield `${what} has archive_timeout ${timeout} s, and the RPO is ${values.rpoSeconds} s`;
    }
  },
});

const worstCaseWithinRpo = stackRule({
  name: "worst-case-within-rpo",
  title: "The worst case of schedules and WAL is within the RPO",
  severity: "critical",
  level: "mandatory",
  reason:
    "the loss comes at the worst moment: just before a segment is sent, or just before the next backup ends",
  remediation: "shorten archive_timeout; without WAL archiving, back up more often",
  settings: { rpoSeconds, marginSeconds, names: backupNames },
  covers: (resource) => mayArchive(resource) || kubernetesKind(resource) === "CronJob",
  *judge(resources, values): Generator<Finding> {
    let archives = false;
    for (const { resource, what, settings } of allArchivers(resources)) {
      archives = true;
      const timeout = parseSeconds(settings.get("archive_timeout")) ?? 0;
      const worst = timeout + values.marginSeconds;
      // A timeout that alone is too long is archive-timeout-within-rpo's to say.
      if (timeout > 0 && timeout < values.rpoSeconds && worst > values.rpoSeconds)
        yield {
          message: `${what} of ${objectName(resource)}: archive_timeout ${timeout} s and ${values.marginSeconds} s to send make ${worst} s, and the RPO is ${values.rpoSeconds} s`,
          at: resource,
        };
    }
    if (!archives) yield* judgeSchedules(resources, values);
  },
});

/** What the newest backup can lack where no WAL fills the time between two. */
function* judgeSchedules(
  resources: readonly Resource[],
  values: { readonly rpoSeconds: number; readonly names: string },
): Generator<Finding> {
  const jobs = backupJobsOf(resources, values.names).filter(({ suspended }) => !suspended);
  const [first] = jobs;
  if (first === undefined) return;
  const gap = longestGap(jobs.flatMap(({ schedule }) => cronStarts(schedule) ?? [])) * 60;
  const longest = Math.max(
    ...jobs.map((job) => (job.startingDeadlineSeconds ?? 0) + (job.activeDeadlineSeconds ?? 0)),
  );
  if (gap + longest > values.rpoSeconds)
    yield {
      message: `no WAL is archived; a backup comes every ${gap / 60} minutes and may end ${Math.ceil(longest / 60)} minutes later, and the RPO is ${values.rpoSeconds} s`,
      at: first.resource,
    };
}

const twoRepositories = stackRule({
  name: "two-repositories",
  title: "WAL and backups go to two repositories, one of them outside the site",
  severity: "critical",
  level: "mandatory",
  reason: "a repository in the site's own store is lost with the site; a single one is lost alone",
  remediation: "configure a second repository in another place, under other keys",
  covers: (resource) => mayArchive(resource) || holdsText(resource),
  *judge(resources): Generator<Finding> {
    const archivers = [...allArchivers(resources)];
    const [archiver] = archivers;
    const repositories = [...repositoriesOf(resources)].filter(({ isWritten }) => isWritten);
    const [first] = repositories;
    const where = archiver?.resource ?? first?.at;
    if (where === undefined) return;
    const here = { at: where };
    const stores = new Map(repositories.map((repository) => [repository.store, repository]));
    if (stores.size === 0) {
      // Another tool's archive is not read here.
      if (archiver !== undefined && kubernetesKind(where) === "StatefulSet")
        yield {
          message: `${objectName(where)} archives, and no pgBackRest config in the stack says where`,
          ...here,
        };
      return;
    }
    if (stores.size === 1) yield { message: `only one repository: ${[...stores.keys()].join("")}`, ...here };
    const services = new Set(
      resources.filter((resource) => kubernetesKind(resource) === "Service").map(objectName),
    );
    if ([...stores.values()].every(({ host }) => isInside(host, services)))
      yield { message: `no repository outside the site: ${[...stores.keys()].join(", ")}`, ...here };
  },
});

/** On a disk, or behind a Service of this cluster. */
function isInside(host: string, services: ReadonlySet<string>): boolean {
  return (
    host === "" || services.has(host.split(".")[0] ?? "") || /\.svc(\.|$)|\.local$|^localhost$/.test(host)
  );
}

function* allArchivers(resources: readonly Resource[]): ReturnType<typeof archiversOf> {
  yield* each(resources, archiversOf);
}

export const recoveryPointRules: readonly Rule[] = [
  archiveTimeoutWithinRpo,
  worstCaseWithinRpo,
  twoRepositories,
];
