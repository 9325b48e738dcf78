import { table } from "../report/table.ts";
import { dataInWords } from "./data.ts";
import { type BenchResult, type SizeResult, samplesOf } from "./result.ts";
import { median, megabytesPerSecond, ratioOf } from "./statistics.ts";
import { judge, type Outcome } from "./targets.ts";
import { baseOf, type Group, groups, ofGroup, type ThingId, things } from "./things.ts";

/** Rows of what was measured; drawn as Markdown in the file, and as columns on a terminal. */

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const outcomeWords = { met: "met", missed: "MISSED", notMeasured: "not measured" } as const satisfies Record<
  Outcome,
  string
>;

const groupTitles = {
  backup: "Backup of a running, idle server",
  restore: "Restore",
  incremental: "Block-incremental backup",
  archive: "WAL out",
  replay: "WAL in: from restored files to a writable server",
} as const satisfies Record<Group, string>;

export function tablesOf(result: SizeResult): readonly Table[] {
  return [
    ...groups.map((group) => groupTable(result, group)).filter(({ rows }) => rows.length > 0),
    ...(result.keepUp === null ? [] : [keepUpTable(result.keepUp)]),
    targetTable(result),
  ];
}

function groupTable(result: SizeResult, group: Group): Table {
  const isWal = group === "archive" || group === "replay";
  const base = baseOf[group];
  const rows = ofGroup(group)
    .filter((id) => samplesOf(result, id).length > 0)
    .map((id) => row(result, id, base, isWal));
  const rate = isWal ? "segments/s" : "MB/s raw";
  return {
    title: groupTitles[group],
    head: [
      "what",
      "median s",
      "least-most s",
      "CPU s",
      rate,
      "MB left",
      `x ${things[base].title}`,
      "n",
      "how",
    ],
    rows,
  };
}

function row(result: SizeResult, id: ThingId, base: ThingId, isWal: boolean): readonly string[] {
  const samples = samplesOf(result, id);
  const seconds = samples.map((sample) => sample.seconds);
  const middle = median(seconds) ?? Number.NaN;
  const segments = median(samples.flatMap((sample) => (sample.segments === null ? [] : [sample.segments])));
  const bytes = median(samples.flatMap((sample) => (sample.bytes === null ? [] : [sample.bytes])));
  const rate = isWal ? (segments ?? Number.NaN) / middle : megabytesPerSecond(result.rawBytes, middle);
  // Those of the base's own group share its rounds; an incremental is put beside the fulls' median.
  const ratio =
    things[id].group === things[base].group
      ? ratioOf(samples, samplesOf(result, base))
      : middle / (median(samplesOf(result, base).map((sample) => sample.seconds)) ?? Number.NaN);
  return [
    things[id].title,
    middle.toFixed(2),
    `${Math.min(...seconds).toFixed(2)}-${Math.max(...seconds).toFixed(2)}`,
    number(median(samples.flatMap(({ cpuSeconds }) => (cpuSeconds === null ? [] : [cpuSeconds]))), 1),
    number(rate, isWal ? 1 : 0),
    bytes === null ? "" : (bytes / 1e6).toFixed(0),
    number(ratio, 2),
    String(samples.length),
    things[id].how,
  ];
}

function number(value: number | null, digits: number): string {
  return value === null || !Number.isFinite(value) ? "" : value.toFixed(digits);
}

function keepUpTable(keepUp: NonNullable<SizeResult["keepUp"]>): Table {
  return {
    title: "Archiving beside pgbench on 4 clients",
    head: ["s", "transactions/s", "WAL MB/s", "segments waiting: median", "at most", "drained after s"],
    rows: [
      [
        String(keepUp.seconds),
        keepUp.transactionsPerSecond.toFixed(0),
        megabytesPerSecond(keepUp.walBytes, keepUp.seconds).toFixed(1),
        number(median(keepUp.waiting), 1),
        String(Math.max(0, ...keepUp.waiting)),
        keepUp.drainedAfterSeconds.toFixed(1),
      ],
    ],
  };
}

function targetTable(result: SizeResult): Table {
  return {
    title: "Targets",
    head: ["target", "measured", "limit", "judgement"],
    rows: judge(result).map((target) => [
      target.title,
      target.measured,
      target.limit,
      outcomeWords[target.outcome],
    ]),
  };
}

/** What a reader must know before believing a figure. */
export function headerOf(result: BenchResult): readonly string[] {
  const { machine, settings } = result;
  const load = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(" ");
  return [
    `${result.startedAt} to ${result.endedAt}; ${machine.cores} cores (${machine.cpuModel}), ${(machine.memoryBytes / 2 ** 30).toFixed(0)} GiB, kernel ${machine.kernel}; load ${load(machine.loadBefore)} before, ${load(machine.loadAfter)} after.`,
    `Data: ${dataInWords}.`,
    `Where: one pod on the primary site's node; each container's limits are the product's (database ${settings.memoryLimit} memory, ${settings.cpuLimit === null ? "no limit of CPU" : `${settings.cpuLimit} CPU`}). The offsite store (SeaweedFS over TLS, bucket encrypted at rest) shares the machine's cores and disk.`,
    `pgBackRest's options are the product's own: aes-256-cbc, bundles, block-incremental, zstd level ${settings.compressLevel}, process-max ${settings.processMax}.`,
    `Medians; ratios are medians of each round's own ratio. "CPU s" is processor time of the whole lab, the store's included. Order alternates; each ends with a sync of the disk. ${result.coldCaches ? "The machine's caches are dropped before each cold one (all but WAL out)." : "THE CACHES COULD NOT BE DROPPED: reads may come from memory."}`,
    `Versions: ${Object.entries(result.versions)
      .map(([part, version]) => `${part} ${version}`)
      .join(", ")}.`,
  ];
}

function failuresOf(size: SizeResult): readonly string[] {
  return size.failures.map(({ thing, reason }) => `${thing} could not be measured: ${reason}`);
}

export function renderMarkdown(result: BenchResult): string {
  const parts = [
    `# Bench ${result.id}`,
    headerOf(result)
      .map((line) => `- ${line}`)
      .join("\n"),
    ...result.sizes.flatMap((size) => [
      `## ${size.gigabytes} GB (${(size.rawBytes / 1e9).toFixed(2)} GB of files)`,
      ...tablesOf(size).map(({ title, head, rows }) => `### ${title}\n\n${table(head, rows)}`),
      ...failuresOf(size).map((line) => `- ${line.replaceAll(/\s*\n\s*/g, "; ")}`),
    ]),
  ];
  return `${parts.join("\n\n")}\n`;
}

export function renderTerminal(result: BenchResult): string {
  const parts = [
    ...headerOf(result),
    ...result.sizes.flatMap((size) => [
      `\n== ${size.gigabytes} GB (${(size.rawBytes / 1e9).toFixed(2)} GB of files)`,
      ...tablesOf(size).map(columns),
      ...failuresOf(size),
    ]),
  ];
  return `${parts.join("\n")}\n`;
}

/** Without the last column of those that have one called "how": it is as wide as a terminal. */
function columns({ title, head, rows }: Table): string {
  const width = head.at(-1) === "how" ? head.length - 1 : head.length;
  const lines = [head, ...rows].map((cells) => cells.slice(0, width));
  const widths = Array.from({ length: width }, (_, column) =>
    Math.max(...lines.map((cells) => (cells[column] ?? "").length)),
  );
  const text = lines.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [`\n${title}`, ...text].join("\n");
}
