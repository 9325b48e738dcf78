// Shows: in which order a copy is made quiet and looked at, what is noted, and what holds the database shut; psql is
// a fake. Does not show that the SQL quiets an application: the drill looks into Odoo's rows.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, expect, test } from "vitest";
import { neutraliseFiles } from "../../components/database/neutralise-files.ts";
import { readScripts } from "../../components/database/scripts.ts";
import type { NeutralisePlan } from "../../plan/types.ts";

const scripts = join(import.meta.dirname, "../../components/database/scripts");
const odoo: NeutralisePlan = { name: "odoo", database: "odoo", sql: null, verify: null, keep: [] };
const own: NeutralisePlan = {
  name: "shop",
  database: "shop",
  sql: "update orders set mail = false;",
  verify: "select 'mails' where false;",
  keep: ["rows", "stock count"],
};

/** Says what databases there are, writes its calls down, and answers a verify file with what a test put beside it. */
const psql = `#!/bin/bash
for argument in "$@"; do
  case $argument in
  --dbname=*) database=\${argument#*=} ;;
  --file=*) file=\${argument##*/} ;;
  --set=keep=*) keep=\${argument#--set=keep=} ;;
  --single-transaction) single=yes ;;
  esac
done
if [[ $* == *pg_database* ]]; then printf 'postgres\\nodoo\\nshop\\n'; exit; fi
printf '%s %s %s %s\\n' "$database" "$file" "\${single:-no}" "\${keep//$'\\n'/|}" >>"$FAKES/calls"
[[ ! -e $FAKES/fails || $file != "$(cat "$FAKES/fails")" ]] || { echo 'ERROR: no such column' >&2; exit 3; }
[[ $file != *.verify.sql || ! -e $FAKES/loud ]] || cat "$FAKES/loud"
`;

let root: string;
const at = (name: string): string => join(root, name);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "holdfast-neutralise-"));
  for (const folder of ["bin", "path", "state", "volume", "fakes"]) mkdirSync(at(folder));
  cpSync(scripts, at("bin"), { recursive: true });
  writeFileSync(at("path/psql"), psql);
  chmodSync(at("path/psql"), 0o755);
  writeFileSync(at("volume/holdfast-marker.json"), JSON.stringify({ epoch: 2 }));
});
afterEach(() => rmSync(root, { recursive: true }));

async function neutralise(plans: readonly NeutralisePlan[]) {
  for (const [file, text] of Object.entries(neutraliseFiles(plans))) writeFileSync(at(`bin/${file}`), text);
  const { exitCode, stderr } = await execa(
    "bash",
    ["-c", '. "$HF_BIN/lib.sh"; . "$HF_BIN/neutralise.sh"; until_once() { neutralise; }; until_once'],
    {
      reject: false,
      env: {
        PATH: `${at("path")}:${process.env.PATH}`,
        FAKES: at("fakes"),
        HF_BIN: at("bin"),
        HF_STATE: at("state"),
        HF_VOLUME: at("volume"),
        HF_EPOCH: "2",
      },
    },
  );
  const read = (name: string): string[] => {
    try {
      return readFileSync(at(name), "utf8").trimEnd().split("\n");
    } catch {
      return [];
    }
  };
  const marker = JSON.parse(readFileSync(at("volume/holdfast-marker.json"), "utf8"));
  return { exitCode, stderr, calls: read("fakes/calls"), noted: marker.neutralised };
}

test("each is made quiet in one transaction, then looked at, then noted", async () => {
  const { exitCode, calls, noted } = await neutralise([odoo, own]);
  expect(exitCode).toBe(0);
  expect(calls).toEqual([
    "odoo neutralise-odoo.sql yes ",
    "odoo neutralise-odoo.verify.sql no ",
    "shop neutralise-shop.sql yes rows|stock count",
    "shop neutralise-shop.verify.sql no rows|stock count",
  ]);
  expect(noted).toEqual(["odoo", "shop"]);
});

test("what is noted is not done again: a person may have switched something on since", async () => {
  await neutralise([odoo]);
  expect((await neutralise([odoo, own])).calls.filter((call) => call.startsWith("odoo"))).toHaveLength(2);
});

test("what is still loud holds the database shut, with its words", async () => {
  writeFileSync(at("fakes/loud"), "3 mails are queued\n2 scheduled jobs are active\n");
  const { exitCode, stderr, calls, noted } = await neutralise([odoo, own]);
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain("odoo is not quiet: 3 mails are queued; 2 scheduled jobs are active");
  expect(noted).toBeUndefined();
  expect(calls.filter((call) => call.startsWith("shop"))).toEqual([]);
});

test.each(["neutralise-odoo.sql", "neutralise-odoo.verify.sql"])(
  "%s that fails is not passed over",
  async (file) => {
    writeFileSync(at("fakes/fails"), file);
    const { exitCode, stderr, noted } = await neutralise([odoo]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain("no such column");
    expect(noted).toBeUndefined();
  },
);

test("a database that is not there is passed over, and not noted: it may come with the next restore", async () => {
  const { exitCode, calls, noted } = await neutralise([{ ...odoo, name: "n8n", database: "n8n" }]);
  expect({ exitCode, calls, noted }).toEqual({ exitCode: 0, calls: [], noted: undefined });
});

test("holdfast's own SQL of each application comes with what looks at it", () => {
  const files = Object.keys(readScripts());
  for (const name of ["odoo", "n8n"]) {
    expect(files).toContain(`neutralise-${name}.sql`);
    expect(files).toContain(`neutralise-${name}.verify.sql`);
  }
});
