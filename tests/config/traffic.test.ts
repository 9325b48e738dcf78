// Shows: what is refused of the traffic section by implementation. Does not show what a service takes in the end.
import { describe, expect, it } from "vitest";
import { UserError } from "../../errors/user-error.ts";
import { load, type StackFile } from "./stack-files.ts";

const shared = {
  zone: "example.com",
  nameservers: [
    { name: "ns1.example.net", address: "192.0.2.53" },
    { name: "ns2.example.net", address: "192.0.2.54" },
  ],
};
const site = {
  publicName: "erp.example.com",
  databaseName: "db.example.com",
  sites: { primary: "203.0.113.11", dr: "203.0.113.12" },
};
const id = "0123456789abcdef0123456789abcdef";
const cloudflare = {
  implementation: "cloudflare",
  ...shared,
  ...site,
  accountId: id,
  zoneId: id,
  apiToken: "token",
};
const route53 = {
  implementation: "route53",
  ...shared,
  ...site,
  accountId: "123456789012",
  zoneId: "Z0123456789ABC",
};

/** Outside the lab, so that only what is shown here is wrong. */
const production = {
  "site.lab": false,
  "site.address": "203.0.113.12",
  "services.n8n.host": "flows.example.com",
  "services.notifications.host": "notify.example.com",
};
const protectedStack = {
  ...production,
  "store.protect": true,
  "database.protect": true,
  "services.odoo.protect": true,
};

function messageOf(stack: StackFile, traffic: Readonly<Record<string, unknown>>, changes = {}): string {
  try {
    load(stack, { ...protectedStack, traffic, ...changes });
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return "";
}

describe("traffic.implementation", () => {
  it.each([
    ["cloudflare", cloudflare, { ttl: 30, monitor: { port: 443, path: "/healthz", interval: 60 } }],
    [
      "route53",
      route53,
      { ttl: 10, healthCheck: { port: 443, path: "/healthz", interval: 30, failures: 3 } },
    ],
  ] as const)("%s loads, with its defaults", (_, traffic, defaults) => {
    expect(messageOf("dr", traffic)).toBe("");
    expect(load("dr", { ...protectedStack, traffic }).config.traffic).toMatchObject(defaults);
  });

  it.each<[string, StackFile, Record<string, unknown>, Record<string, unknown>, RegExp]>([
    [
      "one that nobody has",
      "dr",
      { ...cloudflare, implementation: "akamai" },
      {},
      /traffic\.implementation: is not one of the choices; got "akamai"; allowed powerdns, cloudflare, route53/,
    ],
    [
      "none",
      "dr",
      { ...shared, ...site },
      {},
      /traffic\.implementation: is missing; allowed powerdns, cloudflare, route53/,
    ],
    [
      "a key of another",
      "dr",
      { ...route53, api: "https://192.0.2.1:8081" },
      {},
      /traffic\.api: is not a known key/,
    ],
    ["a key misspelt", "dr", { ...route53, zoneid: "Z1" }, {}, /did you mean holdfast:traffic\.zoneId\?/],
    [
      "a zone's path for its id",
      "dr",
      { ...route53, zoneId: "/hostedzone/Z0123" },
      {},
      /traffic\.zoneId: is not a hosted zone's id; got "\/hostedzone\/Z0123"; allowed Z and capital/,
    ],
    [
      "a zone's name for its id",
      "dr",
      { ...cloudflare, zoneId: "example.com" },
      {},
      /traffic\.zoneId: is not an identifier of Cloudflare's; got "example.com"; allowed 32 of/,
    ],
    [
      "an account as a number",
      "dr",
      { ...route53, accountId: 123456789012 },
      {},
      /traffic\.accountId: is not a string; got 123456789012; allowed 12 digits in quotes/,
    ],
    [
      "a TTL that Cloudflare does not keep",
      "dr",
      { ...cloudflare, ttl: "5 seconds" },
      {},
      /traffic\.ttl: is less than Cloudflare keeps .*; got 5 seconds; allowed at least 30 seconds/,
    ],
    [
      "an interval that Route 53 has not",
      "dr",
      { ...route53, healthCheck: { interval: "20 seconds" } },
      {},
      /healthCheck\.interval: is not an interval that Route 53 has; got 20 seconds; allowed "10 seconds" or "30 seconds"/,
    ],
    [
      "a path without its slash",
      "dr",
      { ...route53, healthCheck: { path: "healthz" } },
      {},
      /healthCheck\.path: is not a path/,
    ],
    [
      "no token where records are written",
      "dr",
      { ...cloudflare, apiToken: undefined },
      {},
      /traffic\.apiToken: secret is missing: the stack of dr writes records/,
    ],
    [
      "an address that no health check reaches",
      "dr",
      { ...route53, sites: { primary: "10.0.0.11", dr: "203.0.113.12" } },
      {},
      /traffic\.sites\.primary: is no address of the internet.*got 10\.0\.0\.11/,
    ],
    [
      "a name outside the zone",
      "dr",
      { ...cloudflare, publicName: "erp.example.org" },
      {},
      /traffic\.publicName: does not lie in the zone/,
    ],
  ])("refuses %s", (_, stack, traffic, changes, message) => {
    expect(messageOf(stack, traffic, changes)).toMatch(message);
  });

  it("wants no token of a stack that writes no record", () => {
    const { apiToken: _, ...traffic } = cloudflare;
    expect(messageOf("primary", traffic, { "site.address": "203.0.113.11" })).toBe("");
  });

  it("goes on to the rest of the file after an implementation that nobody has", () => {
    const message = messageOf("dr", { implementation: "akamai" }, { "database.volume": "much" });
    expect(message).toMatch(/traffic\.implementation/);
    expect(message).toMatch(/database\.volume: is not a size/);
  });
});
