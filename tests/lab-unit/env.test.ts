// What `holdfast env` prints: paths and names, quoted for a shell, and never a secret's value.
import { execa } from "execa";
import { expect, test } from "vitest";
import { labEnvironment, renderExports } from "../../lab/env.ts";
import { labLayout } from "../../lab/layout.ts";

const environment = labEnvironment({
  layout: labLayout("/lab"),
  nodeFolder: "/node/bin",
  path: "/usr/bin:/lab/bin:/bin",
  noProxy: "localhost",
});

test("the lab's programs come first on PATH, once", () => {
  expect(environment.PATH).toBe("/lab/bin:/node/bin:/usr/bin:/bin");
});

test("the state lies in the third place, named by address", () => {
  expect(environment.PULUMI_BACKEND_URL).toMatch(
    /^s3:\/\/holdfast-state\?endpoint=https%3A%2F%2F198\.18\.0\.20%3A8333&/,
  );
  expect(environment.NO_PROXY).toBe("localhost,198.18.0.0/15,.holdfast.test");
});

test("credentials are files, not values", () => {
  expect(environment.AWS_SHARED_CREDENTIALS_FILE).toBe("/lab/secrets/aws-credentials");
  expect(Object.keys(environment).filter((name) => /SECRET_ACCESS_KEY|PASSPHRASE$/.test(name))).toEqual([]);
});

test("a shell takes the lines as they are meant", async () => {
  const lines = renderExports({ ODD: 'it\'s $HOME `x` "y"' });
  expect((await execa("sh", ["-c", `${lines}printf %s "$ODD"`])).stdout).toBe('it\'s $HOME `x` "y"');
});
