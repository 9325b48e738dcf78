// `make faults-table`: gathers runs/faults into docs/fault-outcomes.json and draws docs/track-record.md's table from it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { gather, outcomeSchema, readOutcomes, renderTable, replaceTable } from "./outcomes.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const kept = join(root, "docs", "fault-outcomes.json");
const page = join(root, "docs", "track-record.md");
const runs = join(root, "runs", "faults");

const before = existsSync(kept) ? z.array(outcomeSchema).parse(JSON.parse(readFileSync(kept, "utf8"))) : [];
const outcomes = gather(before, existsSync(runs) ? readOutcomes(runs) : []);
writeFileSync(kept, `${JSON.stringify(outcomes, null, 2)}\n`);
writeFileSync(page, replaceTable(readFileSync(page, "utf8"), renderTable(outcomes)));
console.log(`${outcomes.length} outcomes in docs/fault-outcomes.json and docs/track-record.md`);
