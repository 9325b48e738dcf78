// The lab's drill with Route 53 and with Cloudflare in place of PowerDNS, as a user would ask for it: another traffic
// section in the stack files, nothing else. Begins each with a new lab and takes it away. The plugins are stand-ins, on
// moto and on an account in a file; the lab's PowerDNS answers as they say. Does not prove what AWS and Cloudflare do.
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { execa } from "execa";
import { afterEach, describe, expect, test } from "vitest";
import { parseDocument } from "yaml";
import { type Verdict, verdictSchema } from "../../contract/verdict.ts";
import { motoRoot } from "../../lab/images/moto-root.ts";
import type { Account } from "../../lab/standins/cloudflare/account.ts";
import { type Moto, startMoto } from "../../lab/standins/moto.ts";
import { freshClone } from "../lab/support/clone.ts";
import { holdfast } from "../lab/support/holdfast.ts";
import { layout } from "../lab/support/places.ts";

const zone = "holdfast.test";
const stacks = ["offsite", "primary", "dr"] as const;
const servers = ["198.18.0.53", "198.18.0.54", "198.18.0.55"];
const primary = "198.18.0.11";
const dr = "198.18.0.12";
/** The account that moto's keys belong to. */
const motoAccount = "123456789012";
/** What each stack's section keeps, whoever answers. */
const kept = ["zone", "nameservers", "publicName", "databaseName", "sites", "records"];

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const work of undo.splice(0).reverse()) await work();
});

/** A clone whose stack files ask for another implementation. */
async function cloneWith(settings: Readonly<Record<string, unknown>>): Promise<string> {
  const { folder, remove } = await freshClone();
  undo.push(remove);
  for (const stack of stacks) {
    const file = join(folder, `Pulumi.${stack}.yaml`);
    const document = parseDocument(await readFile(file, "utf8"));
    const { config } = document.toJS() as { config: Record<string, Record<string, unknown>> };
    const shared = Object.entries(config["holdfast:traffic"] ?? {}).filter(([key]) => kept.includes(key));
    document.setIn(["config", "holdfast:traffic"], { ...settings, ...Object.fromEntries(shared) });
    await writeFile(file, document.toString({ lineWidth: 0 }));
  }
  return folder;
}

async function newLab(): Promise<void> {
  await holdfast(["lab", "down"]);
  undo.push(() => holdfast(["lab", "down"]));
  const up = await holdfast(["lab", "up"]);
  expect(up.exitCode, up.stderr).toBe(0);
}

async function drillIn(clone: string, environment: Readonly<Record<string, string>>): Promise<Verdict> {
  const run = await execa(
    join(clone, "holdfast"),
    ["drill", "--scenario", "site-loss", "--run-id", "clouds"],
    {
      cwd: clone,
      reject: false,
      all: true,
      stdin: "ignore",
      timeout: 1_500_000,
      env: {
        ...environment,
        HOLDFAST_MIRROR_POWERDNS: "http://198.18.0.53:8081",
        HOLDFAST_MIRROR_POWERDNS_KEY: join(layout.secrets, "powerdns-api-key"),
        HOLDFAST_MIRROR_ZONE: `${zone} ns1.${zone} ns2.${zone}`,
      },
    },
  );
  expect(run.exitCode, run.all.split("\n").slice(-60).join("\n")).toBe(0);
  const verdict = verdictSchema.parse(
    JSON.parse(readFileSync(join(clone, "runs/clouds/verdict.json"), "utf8")),
  );
  console.log(
    `RTO ${verdict.rtoSeconds} s, RPO ${verdict.rpoSeconds} s, object RPO ${verdict.objectRpoSeconds} s`,
  );
  return verdict;
}

/** Every server's answer after the move, by the drill's own evidence, and who stood in. */
function expectMoved(verdict: Verdict, standIn: string): void {
  expect(verdict).toMatchObject({ judgement: "met", status: "completed" });
  const views = JSON.stringify(verdict.traffic);
  for (const server of servers) expect(views).toContain(server);
  expect(views).toContain(dr);
  expect(verdict.standIns.join("\n")).toContain(standIn);
}

describe("the lab's drill", () => {
  test("moves Route 53's weights", async () => {
    await newLab();
    const moto: Moto = await startMoto((await motoRoot()).path);
    undo.push(() => moto.stop());
    const credentials = { accessKeyId: "lab", secretAccessKey: "lab" };
    const route53 = new Route53Client({ endpoint: moto.endpoint, region: "us-east-1", credentials });
    const made = await route53.send(new CreateHostedZoneCommand({ Name: zone, CallerReference: "clouds" }));
    const zoneId = made.HostedZone?.Id?.split("/").at(-1) ?? "";
    const clone = await cloneWith({ implementation: "route53", accountId: motoAccount, zoneId });
    const verdict = await drillIn(clone, { HOLDFAST_AWS_ENDPOINT: moto.endpoint });
    expectMoved(verdict, "aws");
    const sets = await route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }));
    const weights = (sets.ResourceRecordSets ?? [])
      .filter(({ Name, Type }) => Name === `erp.${zone}.` && Type === "A")
      .map(({ ResourceRecords = [], Weight }) => [ResourceRecords[0]?.Value, Weight]);
    expect(Object.fromEntries(weights)).toMatchObject({ [primary]: 0, [dr]: expect.any(Number) });
    expect(Object.fromEntries(weights)[dr]).toBeGreaterThan(0);
  });

  test("moves Cloudflare's pools", async () => {
    await newLab();
    const folder = await mkdtemp(join(tmpdir(), "holdfast-cloudflare-"));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    const state = join(folder, "account.json");
    const clone = await cloneWith({
      implementation: "cloudflare",
      accountId: "0123456789abcdef0123456789abcdef",
      zoneId: "fedcba9876543210fedcba9876543210",
      apiToken: { file: "powerdns-api-key" },
    });
    const verdict = await drillIn(clone, { HOLDFAST_CLOUDFLARE_STATE: state });
    expectMoved(verdict, "cloudflare");
    const account = JSON.parse(await readFile(state, "utf8")) as Account;
    const balancer = Object.values(account.loadBalancers).find(({ name }) => name.startsWith(`erp.${zone}`));
    const serving = account.pools[balancer?.fallbackPool ?? ""];
    expect(serving?.origins.map(({ address }) => address)).toEqual([dr]);
  });
});
