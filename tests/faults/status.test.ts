// `holdfast status` in five states of the running lab, both sites up and one active: each state is made for real, told
// with what to do, and gone from the report when it is mended. Does not show that anybody is alerted (alerts.test.ts).
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import * as s3 from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { offsiteEndpoint, type SiteName } from "../../lab/net/addresses.ts";
import { inLabShell, tail } from "../lab/support/holdfast.ts";
import type { Kubectl } from "../lab/support/namespace.ts";
import { layout } from "../lab/support/places.ts";
import { inProduction } from "../lab/support/production.ts";
import { activeSite, endSegment } from "../lab/support/site-metrics.ts";
import { readyAgain, replaceArgument } from "./support/arguments.ts";
import { repositoryOf, statusReport } from "./support/store-status.ts";

const poll = { timeout: 240_000, interval: 3_000 };
let site: SiteName;
let kubectl: Kubectl;
const admin = new s3.S3Client({
  endpoint: offsiteEndpoint,
  region: "us-east-1",
  forcePathStyle: true,
  credentials: {
    accessKeyId: readFileSync(join(layout.secrets, "offsite-admin.key"), "utf8"),
    secretAccessKey: readFileSync(join(layout.secrets, "offsite-admin.secret"), "utf8"),
  },
  requestHandler: { httpsAgent: new Agent({ ca: readFileSync(layout.caCertificate) }) },
});

beforeAll(async () => {
  await inProduction();
  ({ site, kubectl } = await activeSite());
});
afterAll(() => admin.destroy());

const problems = async (...args: string[]): Promise<readonly string[]> =>
  (await statusReport(...args)).problems;

test("healthy: nothing to say", async () => {
  await expect.poll(() => problems(), poll).toEqual([]);
});

test("the archive is blocked: said at once, by the server's own words", async () => {
  const usual = await replaceArgument(kubectl, "archive_command", "archive_command=/bin/false");
  try {
    await readyAgain(kubectl);
    await endSegment(kubectl);
    await expect
      .poll(async () => (await problems()).join("\n"), { timeout: 60_000, interval: 2_000 })
      .toMatch(new RegExp(`^${site}: the archive command fails: segment [0-9A-F]{24} was refused`, "m"));
  } finally {
    await replaceArgument(kubectl, "archive_command", usual);
    await readyAgain(kubectl);
  }
  await endSegment(kubectl);
  await expect.poll(() => problems(), poll).toEqual([]);
});

test("a backup is overdue: by the age that is allowed", async () => {
  const found = await problems("--backup-age", "1 second");
  for (const repository of ["offsite", "site"])
    expect(found.join("\n")).toMatch(
      new RegExp(`^repository ${repository}, epoch \\d+: BACKUP_TOO_OLD: `, "m"),
    );
  expect(found).toHaveLength(2);
  expect(await problems("--backup-age", "7 days")).toEqual([]);
});

test("a bucket has lost its lock: what is planned, and what mends it", async () => {
  await admin.send(
    new s3.PutObjectLockConfigurationCommand({
      Bucket: "holdfast-records",
      ObjectLockConfiguration: { ObjectLockEnabled: "Enabled" },
    }),
  );
  expect(await problems()).toEqual([
    "bucket holdfast-records has no lock (planned: GOVERNANCE, 7 days); pulumi up --refresh --stack offsite mends it",
  ]);
  // As the problem says.
  const up = await inLabShell([
    "pulumi",
    "up",
    "--refresh",
    "--stack",
    "offsite",
    "--yes",
    "--non-interactive",
  ]);
  expect(up.exitCode, tail(up)).toBe(0);
  expect(await problems()).toEqual([]);
});

test("a repository is unreachable: its own, and the other's state stays", async () => {
  await kubectl(["scale", "statefulset/objects", "--replicas=0"]);
  try {
    await kubectl(["wait", "--for=delete", "pod/objects-0", "--timeout=120s"]);
    const report = await statusReport();
    expect(repositoryOf(report, "site").status).not.toBe("ok");
    expect(repositoryOf(report, "offsite").status).toBe("ok");
    expect(report.problems.join("\n")).toMatch(/^repository site, epoch \d+: /m);
  } finally {
    await kubectl(["scale", "statefulset/objects", "--replicas=1"]);
    await kubectl(["rollout", "status", "statefulset/objects", "--timeout=120s"]);
  }
  await expect.poll(() => problems(), poll).toEqual([]);
});
