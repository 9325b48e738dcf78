// A rehearsal on the running lab while primary serves: what users and writers notice, what is different afterwards at
// either site and in the third place. Looks by its own means, apart from the drill's own proofs. Wants primary active.
// Asks the sink for mail itself. Does not show that webhooks of the copy reach nobody: tests/lab/quarantine.test.ts does.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { PulumiPort } from "../../drill/ports/engine.ts";
import { openOffsiteObjects } from "../../lab/faults/offsite-objects.ts";
import { offsiteEndpoint } from "../../lab/net/addresses.ts";
import { bringerOf, sunkMail } from "../../lab/third/sink.ts";
import { type DrillResult, drill, inLabShell, runId, tail } from "./support/holdfast.ts";
import { layout } from "./support/places.ts";
import { answers, drObjects, inProduction, loadOnPrimary } from "./support/production.ts";

const canary = "rehearsal.holdfast.test";

interface Seen {
  readonly namespaces: string;
  readonly claims: string;
  readonly stacks: string;
  readonly names: readonly (readonly string[])[];
  readonly epoch: string;
}

/** What must be the same before and after, to the letter. */
async function look(): Promise<Seen> {
  const control = await openOffsiteObjects({
    secrets: layout.secrets,
    endpoint: offsiteEndpoint,
    bucket: "holdfast-control",
    identity: "admin",
  });
  return {
    namespaces: await drObjects("get", "namespaces", "-o", "name"),
    claims: await drObjects(
      "get",
      "persistentvolumes",
      "-o",
      'jsonpath={range .items[*]}{.metadata.name} {.status.phase} {.spec.claimRef.namespace}/{.spec.claimRef.name}{"\\n"}{end}',
    ),
    stacks: (await inLabShell(["pulumi", "stack", "ls", "--json"])).stdout.replaceAll(
      /"(lastUpdate|updateInProgress|current)": [^\n]*/g,
      "",
    ),
    names: [...(await answers("erp.holdfast.test")), ...(await answers("db.holdfast.test"))],
    epoch: (await control.list(""))
      .filter(({ key }) => key !== "lease.json")
      .map(({ key }) => key)
      .join(),
  };
}

async function primarySql(database: string, sql: string): Promise<string> {
  const psql = ["psql", "-XAtq", "-d", database, "-c", sql];
  const result = await inLabShell([
    ...["kubectl", "--context", "primary", "-n", "holdfast", "exec", "database-0", "-c", "postgres", "--"],
    ...psql,
  ]);
  if (result.exitCode !== 0) throw new Error(result.stderr);
  return result.stdout.trim();
}

const settled = { timeout: 120_000, interval: 3_000 };

/** What two looks in a row agree on: an up does not wait for everything that it has started. */
async function settledLook(): Promise<Seen> {
  let last = await look();
  return vi.waitFor(async () => {
    const [former, seen] = [last, await look()];
    last = seen;
    expect(seen).toEqual(former);
    return seen;
  }, settled);
}

let pulumi: PulumiPort;
let before: Seen;
let after: Seen;
let rehearsal: DrillResult;
let load: { readonly answered: number; readonly failures: readonly string[] };
const id = runId("test-rehearsal");

beforeAll(async () => {
  pulumi = await inProduction();
  before = await settledLook();
  const requests = await loadOnPrimary(300);
  rehearsal = await drill(id, ["--scenario", "rehearsal", "--phase", "3"]);
  load = await requests.stop();
  // A volume that was given back is offered again by the lab, a moment after the run's own proof that it is free.
  after = await vi
    .waitFor(async () => {
      const seen = await look();
      expect(seen).toEqual(before);
      return seen;
    }, settled)
    .catch(look);
});

describe("a rehearsal while primary serves", () => {
  test("ends with exit 0 and a met verdict that says what it was", () => {
    expect(rehearsal.exitCode, tail(rehearsal)).toBe(0);
    expect(rehearsal.verdict).toMatchObject({ judgement: "met", scenario: "rehearsal", deviated: false });
    expect(rehearsal.verdict?.findings.map((finding) => finding.id)).toContain("REHEARSAL");
    expect(rehearsal.verdict?.epoch.after).toBe(rehearsal.verdict?.epoch.before);
  });

  test("fails no request of the business", () => {
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(100);
    const served = rehearsal.verdict?.integrity.find((item) => item.id === "production-served");
    expect(served?.detail).toMatch(/users' transactions: 0 of \d+ failed/);
  });

  test("was really used, and nothing of that is at primary", async () => {
    const ledger = readFileSync(join(rehearsal.directory, "evidence/ledger.jsonl"), "utf8")
      .trim()
      .split("\n");
    const entries = ledger.map((line) => JSON.parse(line) as { kind: string; ok?: boolean; site?: string });
    const canaries = entries.filter((entry) => entry.kind === "canary" && entry.ok === true);
    expect(canaries.length).toBeGreaterThan(0);
    expect(new Set(canaries.map((entry) => entry.site))).toEqual(new Set(["dr"]));
    expect(
      await primarySql("odoo", "select count(*) from res_partner where name like 'holdfast-canary-%'"),
    ).toBe("0");
    expect(
      await primarySql("odoo", `select count(*) from res_partner where ref = 'holdfast-run-${id}'`),
    ).toBe("0");
    expect(
      await primarySql("holdfast", "select pg_is_in_recovery(), timeline_id from pg_control_checkpoint()"),
    ).toBe(`f|${(rehearsal.verdict?.timeline ?? 0) - 1}`);
  });

  test("sends nothing from dr, and leaves none of its mail at primary", async () => {
    const heard = (await sunkMail()).filter(({ subject }) => subject.includes(id));
    expect(heard.map(({ subject }) => subject)).toEqual([`holdfast drill ${id}: sent by primary`]);
    // A pod of primary's: 198.18.64.0/20.
    expect(await bringerOf(heard[0]?.id ?? "")).toMatch(/^198\.18\.(6[4-9]|7\d)\./);
    const proved = rehearsal.verdict?.integrity.find((item) => item.id === "nothing-sent-outside");
    expect(proved?.detail).toContain("the copy's mails are queued: exception, made there: exception");
    for (const sql of [
      `select count(*) from mail_message where subject like 'holdfast drill ${id}:%'`,
      `select count(*) from ir_mail_server where name like 'holdfast drill ${id}:%'`,
    ])
      expect(await primarySql("odoo", sql)).toBe("0");
  });

  test("recovers less than production had at T0, although production archived on", () => {
    expect(rehearsal.verdict?.lostTransactions).toBeGreaterThan(0);
    expect(rehearsal.verdict?.rpoSeconds).toBeGreaterThan(0);
    expect(rehearsal.verdict?.rpoSeconds).toBeLessThanOrEqual(65);
  });

  test("leaves cluster, volumes, stacks, names and epoch as they were", async () => {
    expect(after).toEqual(before);
    expect(after.namespaces).not.toContain("rehearsal");
    expect(await pulumi.resources("rehearsal", AbortSignal.timeout(300_000))).toBeNull();
    await expect.poll(() => answers(canary), settled).toEqual([[], [], []]);
  });

  test("leaves no timeline and no epoch of its own in the archive", async () => {
    const repository = await openOffsiteObjects({
      secrets: layout.secrets,
      endpoint: offsiteEndpoint,
      bucket: "holdfast-offsite",
      identity: "admin",
    });
    const { before: epoch } = rehearsal.verdict?.epoch ?? { before: 0 };
    const keys = (await repository.list("epochs/")).map(({ key }) => key);
    const forked = ((rehearsal.verdict?.timeline ?? 0) >>> 0).toString(16).toUpperCase().padStart(8, "0");
    expect(keys.filter((key) => key.startsWith(`epochs/${epoch}/`)).length).toBeGreaterThan(5);
    expect(keys.filter((key) => key.includes(`/${forked}`))).toEqual([]);
    expect(keys.filter((key) => Number(key.split("/")[1]) > epoch)).toEqual([]);
  });

  test("leaves the stack files alone", async () => {
    const status = await inLabShell(["git", "status", "--porcelain", "--", "Pulumi.*.yaml"]);
    expect(status.stdout).toBe("");
  });
});
