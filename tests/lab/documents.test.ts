// Documents on the running lab: a file that Odoo writes at the active site, until it is in the third place and in the
// site's own copy; what a delete leaves; what comes back to an empty volume. Does not measure what a loss takes.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { connectOdoo, type OdooConnection } from "../../drill/adapters/odoo-rpc.ts";
import { openOffsiteObjects } from "../../lab/faults/offsite-objects.ts";
import { offsiteEndpoint, type SiteName, siteNetworks } from "../../lab/net/addresses.ts";
import type { Kubectl } from "./support/namespace.ts";
import { patientUser } from "./support/odoo-user.ts";
import { layout } from "./support/places.ts";
import { activeSite, scrape } from "./support/site-metrics.ts";

/** None of these waits is what is proved: a busy machine may take its time. */
const poll = { timeout: 240_000, interval: 1_000 };
/** For one call: a limit of the whole file would end those of the last tests on a slow machine. */
const limit = (): AbortSignal => AbortSignal.timeout(300_000);

let site: SiteName;
let kubectl: Kubectl;
let odoo: OdooConnection;
let third: Awaited<ReturnType<typeof openOffsiteObjects>>;

beforeAll(async () => {
  ({ site, kubectl } = await activeSite());
  const secret = (name: string): string => readFileSync(join(layout.secrets, name), "utf8").trim();
  const target = {
    host: "erp.holdfast.test",
    port: 443,
    ca: readFileSync(layout.caCertificate, "utf8"),
    database: "odoo",
    login: "admin",
    password: secret("odoo-admin-password"),
  };
  odoo = patientUser(connectOdoo(target, siteNetworks[site].node, { cookie: null, uid: null }));
  await odoo.authenticate(limit());
  third = await openOffsiteObjects({
    secrets: layout.secrets,
    endpoint: offsiteEndpoint,
    bucket: "holdfast-documents",
    identity: "admin",
  });
});
afterAll(() => odoo?.close());

interface Attachment {
  readonly id: number;
  /** Below the database's folder, as Odoo and the third place name it. */
  readonly name: string;
}

/** An attachment of random bytes, as a person uploads one. */
async function attach(bytes: number): Promise<Attachment> {
  const contents = randomBytes(bytes);
  const values = { name: "test.bin", datas: contents.toString("base64") };
  const id = z.number().parse(await odoo.execute("ir.attachment", "create", [values], {}, limit()));
  const digest = createHash("sha1").update(contents).digest("hex");
  return { id, name: `${digest.slice(0, 2)}/${digest}` };
}

/** The digest of what Odoo gives back. */
async function digestOf(id: number): Promise<string> {
  const rows = z
    .array(z.object({ datas: z.string() }))
    .parse(await odoo.execute("ir.attachment", "read", [[id], ["datas"]], {}, limit()));
  return createHash("sha1")
    .update(Buffer.from(rows[0]?.datas ?? "", "base64"))
    .digest("hex");
}

const stored = async (name: string): Promise<number | undefined> =>
  (await third.list(`odoo/filestore/odoo/${name}`))[0]?.bytes;

/** rclone in the copy's pod, with its own keys. */
const rclone = (...args: string[]): Promise<string> =>
  kubectl([
    ...["exec", "deployment/documents", "-c", "pull", "--", "env", "HOME=/tmp"],
    ...["rclone", "--config=/etc/holdfast/documents/rclone.conf"],
    ...["--ca-cert=/etc/holdfast/documents/ca.crt", "--retries=1", ...args],
  ]);

const inCopy = (name: string): Promise<string> =>
  rclone("lsf", `site:documents/odoo/filestore/odoo/${name.slice(0, 2)}`).catch(() => "");

describe("a document over a megabyte", () => {
  let attachment: Attachment;
  beforeAll(async () => {
    attachment = await attach(1_500_000);
  });

  test("is in the third place, whole, within seconds", async () => {
    await expect.poll(() => stored(attachment.name), { ...poll, timeout: 60_000 }).toBe(1_500_000);
  });

  test("is in the site's own copy soon after, which keeps versions", async () => {
    await expect.poll(() => inCopy(attachment.name), poll).toContain(attachment.name.slice(3));
  });

  test("stays in both when Odoo deletes it", async () => {
    await odoo.execute("ir.attachment", "unlink", [[attachment.id]], {}, limit());
    await odoo.execute("ir.autovacuum", "power_on", [[]], {}, limit()).catch(() => undefined);
    const file = `/var/lib/odoo/filestore/odoo/${attachment.name}`;
    await kubectl(["exec", "deployment/odoo", "-c", "odoo", "--", "rm", "-f", file]);
    // Two looks of each copier later.
    await new Promise((resolve) => setTimeout(resolve, 25_000));
    expect(await stored(attachment.name)).toBe(1_500_000);
    expect(await inCopy(attachment.name)).toContain(attachment.name.slice(3));
  });
});

test("the site's copy is of all that the third place has, and its lag is told", async () => {
  const { name } = await attach(10);
  await expect.poll(() => inCopy(name), poll).toContain(name.slice(3));
  const names = async (remote: string): Promise<string[]> =>
    (await rclone("lsf", "--recursive", "--files-only", remote)).split("\n").sort();
  // Odoo writes files of its own now and then: one may come between the two lists.
  await vi.waitFor(async () => {
    const copied = await names("site:documents/odoo");
    expect(copied.length).toBeGreaterThan(50);
    expect(copied).toEqual(await names("third:holdfast-documents/odoo"));
  }, poll);
  await vi.waitFor(async () => {
    const samples = await scrape(site, "documents");
    expect(samples.get("holdfast_object_lag_seconds")).toBeLessThan(75);
    expect(samples.get("holdfast_objects_missing")).toBe(0);
    expect(samples.get("holdfast_objects_checked")).toBeGreaterThan(10);
  }, poll);
});

test("the copy's keys write nothing in the third place, and open nothing else in the site's store", async () => {
  await expect(rclone("touch", "third:holdfast-documents/odoo/intruder")).rejects.toThrow(/AccessDenied|403/);
  await expect(rclone("deletefile", "third:holdfast-documents/heartbeat.json")).rejects.toThrow(
    /AccessDenied|403/,
  );
  await expect(rclone("lsf", "site:holdfast-site")).rejects.toThrow(/AccessDenied|403/);
});

test("an emptied volume has its documents back before Odoo starts", async () => {
  const { id, name } = await attach(2_000_000);
  await expect.poll(() => stored(name), poll).toBe(2_000_000);
  const pods = (): Promise<string> =>
    kubectl(["get", "pod", "-l", "app.kubernetes.io/name=odoo", "-o", "name"]);
  const former = await pods();
  await kubectl(["exec", "deployment/odoo", "-c", "odoo", "--", "rm", "-r", "/var/lib/odoo/filestore/odoo"]);
  await kubectl(["delete", former, "--timeout=300s"]);
  // By its name: until its controller has looked, the deployment may still say that all is well.
  const pod = await vi.waitFor(async () => {
    const found = await pods();
    expect(found).toMatch(/^pod\/\S+$/);
    expect(found).not.toBe(former);
    return found;
  }, poll);
  await kubectl(["wait", "--for=condition=Ready", pod, "--timeout=600s"]);
  const log = await kubectl(["logs", pod, "-c", "documents-fill"]);
  const filled = z
    .object({ kept: z.number(), fromSite: z.number(), fromThird: z.number() })
    .parse(JSON.parse(log.trim().split("\n").at(-1) ?? ""));
  expect(filled.fromSite + filled.fromThird).toBeGreaterThan(50);
  expect(filled.fromSite).toBeGreaterThan(filled.fromThird);
  await odoo.authenticate(limit());
  expect(await digestOf(id)).toBe(name.slice(3));
});

test("a document that is gone from the third place is counted, and named", async () => {
  const { name } = await attach(1_000);
  await expect.poll(() => stored(name), poll).toBe(1_000);
  // From the volume too: a file as young as the last look is found by the next one, and all of them every ten minutes,
  // and would be brought back. The check looks at rows and at the third place.
  await kubectl([
    "exec",
    "deployment/odoo",
    "-c",
    "odoo",
    "--",
    "rm",
    `/var/lib/odoo/filestore/odoo/${name}`,
  ]);
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  await third.remove([`odoo/filestore/odoo/${name}`]);
  try {
    // The check's next look is minutes away; a container that starts looks at once, at what is older than its grace.
    await new Promise((resolve) => setTimeout(resolve, 45_000));
    expect(await stored(name)).toBeUndefined();
    await kubectl(["rollout", "restart", "deployment/documents"]);
    await kubectl(["rollout", "status", "deployment/documents", "--timeout=300s"]);
    await expect
      .poll(
        async () => (await scrape(site, "documents").catch(() => new Map())).get("holdfast_objects_missing"),
        poll,
      )
      .toBe(1);
    const log = await kubectl(["logs", "deployment/documents", "-c", "check"]);
    expect(log).toContain(name);
  } finally {
    await third.removeDeleteMarkers(`odoo/filestore/odoo/${name}`);
  }
});
