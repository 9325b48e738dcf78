// What programs say of their version, in their own words. Does not prove that a pod can be asked.
import { expect, test } from "vitest";
import { spoken } from "../../drill/adapters/site-versions.ts";

test.each([
  ["odoo", "Odoo Server 14.0\n", { odoo: "14.0" }],
  ["odoo", "Odoo Server 14.0-20231115\n", { odoo: "14.0-20231115" }],
  ["gateway", "nginx version: nginx/1.26.3\n", { nginx: "1.26.3" }],
  ["odoo", "Traceback (most recent call last)", {}],
])("%s says %j", (service, text, found) => {
  expect(spoken(service, text)).toEqual(found);
});
