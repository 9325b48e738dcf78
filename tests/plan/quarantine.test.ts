// Shows: when applications are cut off, and what they may still reach. That a network obeys is tests/lab's.
import { describe, expect, it } from "vitest";
import type { Role } from "../../contract/stack.ts";
import { planSite } from "../../plan/index.ts";
import type { SitePlan } from "../../plan/types.ts";
import { load } from "../config/stack-files.ts";

function planOf(role: Role, changes: Record<string, unknown> = {}): SitePlan {
  const { config } = load(role === "rehearsal" ? "rehearsal" : "dr", { "site.role": role, ...changes });
  if (config.kind !== "site") throw new Error("not a site's config");
  return planSite(config);
}

describe("quarantine", () => {
  it.each([
    ["an active site", "active", {}, false],
    ["an active site that is told to", "active", { "site.quarantine": true }, true],
    ["a rehearsal", "rehearsal", {}, true],
    ["a rehearsal that is told not to", "rehearsal", { "site.quarantine": false }, true],
  ] as const)("%s", (_title, role, changes, expected) => {
    expect(planOf(role, changes).quarantine !== null).toBe(expected);
  });

  it("suspends every schedule of the active site, and lets them go again with it", () => {
    const suspended = (changes: Record<string, unknown>): readonly boolean[] =>
      planOf("active", changes).schedules.map((schedule) => schedule.suspended);
    expect(new Set(suspended({ "site.quarantine": true }))).toEqual(new Set([true]));
    expect(new Set(suspended({}))).toEqual(new Set([false]));
  });

  it("leaves applications the offsite store by its address, and what the stack file lists", () => {
    const allows = [{ address: "203.0.113.7", port: 443 }];
    const of = planOf("active", { "site.quarantine": true, "site.quarantineAllows": allows }).quarantine;
    expect(of?.allowed).toEqual([{ address: "198.18.0.20", port: 8333 }, ...allows]);
    expect(of?.nameServers).toContain("198.18.0.12");
  });

  it("exempts what is no application, by the names that its pods go by", () => {
    const { quarantine, database, store, documents, services } = planOf("rehearsal");
    for (const { name } of [database, store, documents]) expect(quarantine?.exempt).toContain(name);
    for (const { name } of [services.odoo, services.gateway]) expect(quarantine?.exempt).not.toContain(name);
  });
});
