import { whyReserved } from "../reserved-parameters.ts";
import type { Partly, SiteConfig } from "../schema.ts";
import { parseSize } from "../size.ts";
import { type Findings, gather, problem } from "./findings.ts";

const bytesInPostgresUnit: Readonly<Record<string, number>> = {
  kB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
  TB: 2 ** 40,
};

/** Settings of PostgreSQL that are holdfast's own, or that cannot fit the container. */
export function checkDatabaseParameters(config: Partly<SiteConfig>): Findings {
  const { database } = config;
  const parameters = database?.parameters ?? {};
  const findings = Object.entries(parameters).flatMap(([name, value]): Findings[] => {
    const why = whyReserved(name);
    if (why === undefined) return [];
    return [
      problem({
        path: `database.parameters.${name}`,
        what: `is set by holdfast: ${why}`,
        got: String(value),
        hint: "remove it",
      }),
    ];
  });
  findings.push(
    ...fits(
      "shared_buffers",
      parameters.shared_buffers,
      parseSize(database?.resources?.limits?.memory ?? ""),
      {
        what: "does not fit the container: PostgreSQL would be killed as soon as its cache is full",
        limitPath: "database.resources.limits.memory",
      },
    ),
    ...fits("max_wal_size", parameters.max_wal_size, database?.volume, {
      what: "WAL alone would fill the volume, and a full volume stops the database",
      limitPath: "database.volume",
    }),
  );
  return gather(findings);
}

function fits(
  name: string,
  value: unknown,
  limit: number | undefined,
  because: { readonly what: string; readonly limitPath: string },
): readonly Findings[] {
  const match = /^(\d+)\s?(kB|MB|GB|TB)$/.exec(String(value));
  if (match === null || limit === undefined) return [];
  const bytes = Number(match[1]) * (bytesInPostgresUnit[match[2] ?? ""] ?? 0);
  if (bytes <= limit / 2) return [];
  return [
    problem({
      path: `database.parameters.${name}`,
      what: because.what,
      got: String(value),
      allowed: `at most half of holdfast:${because.limitPath}`,
    }),
  ];
}
