// Shows: what a stack file may say of services, and that each slip is named with its path. Does not show what is
// made of it; tests/plan/services.test.ts does.
import { describe, expect, it } from "vitest";
import { load } from "./stack-files.ts";

const hours = "services.opening-hours";

function problemsOf(changes: Readonly<Record<string, unknown>>): string {
  try {
    load("primary", changes);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

const services = (changes: Readonly<Record<string, unknown>> = {}) => {
  const { config } = load("primary", changes);
  if (config.kind !== "site") throw new Error("not a site");
  return config.services;
};

describe("a service of the user's own", () => {
  it("is any key that is no built-in, with what it leaves out filled in", () => {
    expect(Object.keys(services().own)).toEqual(["opening-hours"]);
    const own = services({ "services.clock": { image: "example.com/clock:1" } }).own.clock;
    expect(own).toMatchObject({
      user: 10_001,
      env: {},
      secretEnv: {},
      files: {},
      writable: ["/tmp"],
      replicas: 1,
      group: 1,
      critical: false,
      keyFunctions: [],
      probe: { startup: 120, period: 5, restart: false },
    });
    expect(own?.port).toBeUndefined();
  });

  it("has its secrets taken out of the config", () => {
    const { secrets, config } = load("primary", {
      [`${hours}.secretEnv`]: { TOKEN: { file: "token" }, KEY: "given here" },
    });
    expect(secrets[`${hours}.secretEnv.TOKEN`]).toBe("content of token");
    expect(secrets[`${hours}.secretEnv.KEY`]).toBe("given here");
    expect(JSON.stringify(config)).not.toContain("given here");
  });

  it.each([
    ["image", undefined, `${hours}.image: is missing`],
    ["image", "no image!", `${hours}.image: is not a container image; got "no image!"`],
    ["user", 0, `${hours}.user: is too small; got 0; allowed a whole number from 1 to 65535`],
    ["port", 70_000, `${hours}.port: is too large`],
    ["imagee", "x", `${hours}.imagee: is not a known key`],
    ["env", { "1X": "a" }, `${hours}.env.1X: its name is not a name of an environment variable`],
    ["env", { X: 5 }, `${hours}.env.X: is not a string; got 5`],
    ["env", ["X=5"], `${hours}.env: is not an object`],
    ["secretEnv", { X: { fil: "x" } }, `${hours}.secretEnv.X: is not a secret`],
    ["secretEnv", { TZ: { file: "x" } }, `${hours}.secretEnv.TZ: is given in env too`],
    ["files", { "etc/x": "a" }, `${hours}.files.etc/x: its name is not an absolute path`],
    ["files", { "/etc/../x": "a" }, "its name is not an absolute path"],
    ["writable", ["tmp"], `${hours}.writable[0]: is not an absolute path`],
    ["command", [], `${hours}.command: is empty`],
    ["group", 0, `${hours}.group: is too small; got 0; allowed a whole number from 1 to 9`],
    ["critical", "yes", `${hours}.critical: is not a boolean`],
    ["probe", { path: "health" }, `${hours}.probe.path: is not a path`],
    ["probe", { startup: "soon" }, `${hours}.probe.startup: is not a duration`],
    ["route", { path: "/x {", host: "hours.holdfast.test" }, `${hours}.route.path: is not a path`],
    ["route", { path: "/healthz" }, `${hours}.route: is the gateway's health page`],
    ["route", { path: "/" }, `${hours}.route: has the route of services.odoo too; got erp.holdfast.test/`],
    ["route", { host: "hours.example.com", path: "/" }, `${hours}.route: its host does not lie in the zone`],
    ["route", { host: "db.holdfast.test", path: "/" }, `${hours}.route: its host is the database's name`],
    ["route", undefined, `${hours}.keyFunctions[0]: is asked through the gateway, which has no route`],
    ["port", undefined, `${hours}.route: leads to a service without a port`],
    ["keyFunctions", [{ id: "a", path: "/x" }], "does not lie below the service's route"],
    [
      "keyFunctions",
      [{ id: "A B", path: "/opening-hours/x" }],
      "keyFunctions[0].id: is not a Kubernetes name",
    ],
    ["keyFunctions", [{ id: "a", path: "/opening-hours/x", matches: "(" }], "is not a regular expression"],
    ["keyFunctions", [{ id: "a", path: "/opening-hours/x", status: 99 }], "status: is too small"],
    ["keyFunctions", [{ id: "a", path: "/opening-hours/x", method: "PUT" }], "is not one of the choices"],
    [
      "keyFunctions",
      [
        { id: "a", path: "/opening-hours/x" },
        { id: "a", path: "/opening-hours/y" },
      ],
      "keyFunctions[1].id: is another key function's too",
    ],
  ])("is refused with %s %j: %s", (key, value, expected) => {
    expect(problemsOf({ [`${hours}.${key}`]: value })).toContain(expected);
  });

  it.each(["database", "documents", "odoo-config", "postgres", "holdfast", "pg-x", "own", "x".repeat(41)])(
    "cannot be called %s",
    (name) => {
      expect(problemsOf({ [`services.${name}`]: { image: "example.com/x:1" } })).toContain(
        `services.${name}: cannot be a service's name`,
      );
    },
  );

  it("that is called nearly like a built-in is taken, with a warning that says so", () => {
    const { warnings } = load("primary", { "services.gatewai": { image: "example.com/x:1" } });
    expect(warnings).toContainEqual(
      expect.objectContaining({ path: "services.gatewai", hint: "did you mean holdfast:services.gateway?" }),
    );
  });

  it("with several slips is told all of them at once", () => {
    const message = problemsOf({ [`${hours}.user`]: 0, [`${hours}.group`]: 12, "services.clock": {} });
    for (const path of [`${hours}.user`, `${hours}.group`, "services.clock.image"])
      expect(message).toContain(path);
  });
});

describe("the gateway", () => {
  it.each([
    ["routes", [{ host: "x.holdfast.test", path: "/", service: "nothing" }], "is no service with a port"],
    ["routes", [{ host: "x.example.com", path: "/", service: "odoo" }], "does not lie in the zone"],
    ["healthPage", "health", "is not a path"],
    ["replicas", 0, "is too small"],
    ["requestLog", "no", "requestLog: is not a boolean"],
  ])("is refused with %s %j", (key, value, expected) => {
    expect(problemsOf({ [`services.gateway.${key}`]: value })).toContain(expected);
  });
});

it("notifications are optional, and demand a host and a password where they are there", () => {
  expect(services({ "services.notifications": undefined }).notifications).toBeUndefined();
  const message = problemsOf({ "services.notifications": { image: "lab.holdfast.test/ntfy:lab" } });
  expect(message).toContain("services.notifications.host: is missing");
  expect(message).toContain("services.notifications.password: secret is missing");
});
