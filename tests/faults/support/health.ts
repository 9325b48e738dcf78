import { archiveRoundTrip, gapsIn } from "./archive.ts";
import { database, type Primary, waitReady } from "./primary.ts";
import { openRepository } from "./repository.ts";

/**
 * Before and after each fault (etcd's habit): what is red here would be taken for
 * the fault's doing. Serving, archiving all the way into the offsite repository, a
 * clean full set there, no gap behind it, nothing left over of a test.
 */
export async function assertHealthy(primary: Primary): Promise<void> {
  await waitReady(primary);
  const status = JSON.parse(
    (await primary.exec("postgres", ["cat", "/run/holdfast/status.json"])).stdout,
  ) as Record<string, unknown>;
  const problems: string[] = [];
  if (status.phase !== "ready" || status.role !== "active" || status.error !== null)
    problems.push(`status.json: ${JSON.stringify(status)}`);
  const recovering = await primary.sql(database, "select pg_is_in_recovery()");
  if (recovering !== "f") problems.push("the database is in recovery");
  const repository = await openRepository(primary);
  await archiveRoundTrip(primary, repository, "health gate");
  const info = await repository.info();
  const clean = info.sets.filter(({ type, error }) => type === "full" && !error).at(-1);
  if (info.status.code !== 0) problems.push(`repository: ${info.status.code} ${info.status.message}`);
  if (clean === undefined) problems.push("the repository has no clean full set");
  const since = clean?.walStart ?? "";
  const gaps = gapsIn((await repository.segments()).filter((segment) => segment >= since));
  if (gaps.length > 0) problems.push(`missing in the archive since ${since}: ${gaps.join(" ")}`);
  const left = (
    await primary.kubectl(["get", "pod,job", "--selector=holdfast.dev/fault", "--output=name"])
  ).trim();
  if (left !== "") problems.push(`left over: ${left.replaceAll("\n", " ")}`);
  if (problems.length > 0) throw new Error(`health gate: ${problems.join("; ")}`);
}
