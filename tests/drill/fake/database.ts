import type { Site } from "../../../contract/stack.ts";
import type { PgPort } from "../../../drill/ports/database.ts";
import { PortError } from "../../../drill/ports/port-error.ts";
import { lastSegment, lsnOf, missingSegment, segment, systemIdentifier } from "./repository.ts";
import type { WorldState } from "./state.ts";
import { sampleRows } from "./web.ts";

/** What psql prints in a site's database pod. A statement may have the words of several answers: the first one holds. */
export function psql(state: WorldState, site: Site, text: string): string {
  const { faults } = state;
  if (site === "primary" && !state.primaryUp) throw new PortError("kube", "connection refused");
  if (site === "dr" && !state.promoted()) throw new PortError("kube", "no pod");
  if (text.startsWith("create table if not exists holdfast_sample")) return "";
  if (text.includes("from holdfast_sample"))
    return sampleRows.map(({ id, name }) => `${id}\u001f${name}`).join("\n");
  if (text.includes("sum(pg_database_size")) return "1700000000";
  if (text.includes("pg_control_checkpoint")) return "1\u001ff";
  if (text.includes("holdfast-canary-")) return faults.meanwhile === "canary-row" ? "1" : "0";
  if (/from (ir_attachment|holdfast\.heartbeat)$/.test(text)) return "12";
  if (text.endsWith("from res_partner where active")) return "212";
  if (text.includes("pg_database_size")) return "1650000000\u001f11000000";
  if (text.includes("to_regclass")) return "t";
  if (text.includes("pgbench_accounts")) return "11000000";
  if (text.includes("pgbench_branches")) return "110";
  if (text.includes("left(pg_walfile_name"))
    return `${faults.otherSystem ? "1" : systemIdentifier}\u001f00000002`;
  if (text.includes("select system_identifier")) return systemIdentifier;
  if (text.includes("pg_is_in_recovery")) return "f";
  if (text.includes("pg_switch_wal")) return segment(lastSegment);
  if (text.includes("pg_stat_archiver")) return `${segment(lastSegment)}\u001f0`;
  if (text.includes("pg_walfile_name")) return segment(lastSegment);
  if (text.includes("checkpoint")) return "1";
  if (text.includes(".history")) {
    const endsAt = lsnOf(faults.segmentMissing ? missingSegment - 1 : lastSegment);
    return `1\t${endsAt}\tno recovery target specified`;
  }
  if (text.includes("backup_label.old")) return "START WAL LOCATION: 0/3000000 (file x)";
  if (text.includes("store_fname")) return attachmentRows(state, site);
  if (text.includes("ir_cron")) return "0\u001f0\u001f0\u001ftrue";
  if (text.includes("res_partner")) return state.runPartners > 0 ? "1" : "0";
  if (text.includes("data_checksums")) return "on\u001f0";
  throw new Error(`the fake database does not know: ${text}`);
}

/** Files that Odoo's rows name, with when they were written. */
function attachmentRows(state: WorldState, site: Site): string {
  const { faults, clock } = state;
  return [
    ...(site === "primary" ? state.uploadedNames : []),
    state.documentName,
    ...(faults.fileMissing ? ["00/missing"] : []),
  ]
    .map((name) => `${name}\u001f${clock.now() - 3_600_000}`)
    .concat(faults.fileOnItsWay ? [`00/on-its-way\u001f${state.lossMs - 20_000}`] : [])
    .join("\n");
}

/** A site's database at its own address. */
export const createFakePg = (state: WorldState): PgPort => ({
  async query(site, text) {
    if (site === "dr" && !state.promoted()) throw new PortError("pg", "connection refused");
    if (text.includes("wall_clock"))
      return [{ wall_clock: String(state.clock.now() + (state.faults.databaseSkewMs ?? 0)) }];
    return text.includes("pg_is_in_recovery")
      ? [{ recovering: false }]
      : [{ role: "prober", read_only: "off" }];
  },
  knock: async (site) =>
    site === "primary" && !state.primaryUp
      ? { open: false, detail: "timeout" }
      : { open: true, detail: "open" },
});
