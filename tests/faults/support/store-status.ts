import type { RepositoryStatus, StatusReport } from "../../../cli/status/types.ts";
import { holdfast } from "../../lab/support/holdfast.ts";

/** What an operator sees: `holdfast status --json`. */
export async function statusReport(...args: readonly string[]): Promise<StatusReport> {
  const result = await holdfast(["status", "--json", ...args]);
  if (!result.stdout.startsWith("{")) throw new Error(`status: ${result.stdout}${result.stderr}`);
  return JSON.parse(result.stdout) as StatusReport;
}

export function repositoryOf(report: StatusReport, name: "offsite" | "site"): RepositoryStatus {
  const found = report.repositories.find(({ repository }) => repository === name);
  if (found === undefined) throw new Error(`status says nothing of the repository ${name}`);
  return found;
}
