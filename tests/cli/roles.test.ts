// Shows: what the command line takes from stack files whose identities are roles: no secret of theirs is asked for, and
// what cannot work with a role says so. Does not show that a role can be taken; tests/provider/role.test.ts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { bundlePlace } from "../../cli/bundle/applied.ts";
import { readPlaces } from "../../cli/places.ts";
import { copyKeys } from "../../cli/side/plan.ts";
import { createRepositoryPort } from "../../drill/adapters/repository.ts";
import type { KubePort } from "../../drill/ports/cluster.ts";
import type { S3Port } from "../../drill/ports/objects.ts";
import { UserError } from "../../errors/user-error.ts";
import { loadFile, readStackFile } from "../config/stack-files.ts";

const example = join(import.meta.dirname, "../../examples/aws-route53");
const roleOf = (name: string) => ({ role: `arn:aws:iam::111111111111:role/example-holdfast-${name}` });

let folder = "";
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Every secret that the example's sites name, and no other. */
function secretsFolder(): string {
  folder = mkdtempSync(join(tmpdir(), "holdfast-roles-"));
  const readSecretFile = (path: string): string => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `content of ${path}`);
    return "x";
  };
  for (const stack of ["primary", "dr"] as const)
    loadFile("examples/aws-route53", stack, {}, { readSecretFile });
  return folder;
}

const readExample = () =>
  readPlaces({ repositoryRoot: example, kubeconfig: "/none", secrets: secretsFolder() });

describe("places of sites with roles", () => {
  it("ask the third place as the roles", async () => {
    const { offsite } = await readExample();
    expect(offsite).toMatchObject({
      endpoint: "https://s3.eu-central-1.amazonaws.com",
      writer: roleOf("writer"),
      reader: roleOf("reader"),
      recorder: roleOf("recorder"),
    });
  });

  it("give pgBackRest in the pod what its config takes a role by, for the third place's repository alone", async () => {
    const places = await readExample();
    const commands: (readonly string[])[] = [];
    const kube = {
      exec: async (_: unknown, command: readonly string[]) => {
        commands.push(command);
        return { exitCode: 0, stdout: "[]", stderr: "" };
      },
    } as unknown as KubePort;
    const port = createRepositoryPort(places, { kube: () => kube, s3: {} as S3Port });
    const { signal } = new AbortController();
    for (const repository of ["offsite", "site"] as const)
      await port.info({ repository, epoch: 1, via: "primary" }, signal).catch(() => undefined);
    expect(commands.map((command) => command.slice(0, 4))).toEqual([
      [
        "env",
        `AWS_ROLE_ARN=${roleOf("writer").role}`,
        "AWS_WEB_IDENTITY_TOKEN_FILE=/etc/holdfast/identity/token",
        "pgbackrest",
      ],
      ["pgbackrest", expect.stringContaining("archive-site.conf"), expect.anything(), expect.anything()],
    ]);
  });
});

it("bundles are stored and read as the roles", () => {
  const config = Object.fromEntries(
    Object.entries(readStackFile("dr", "examples/aws-route53")).map(([name, objectValue]) => [
      `holdfast:${name}`,
      { objectValue, secret: false },
    ]),
  );
  expect(bundlePlace(JSON.stringify(config), "dr", (path) => `value of ${path}`)).toMatchObject({
    bucket: "example-holdfast-records",
    recorder: roleOf("recorder"),
    reader: roleOf("reader"),
  });
});

describe("a copy beside", () => {
  const secret = ({ secret: path }: { readonly secret: string }) => `value of ${path}`;

  it("has the reader's keys", () => {
    const keys = { accessKey: { secret: "a" }, secretKey: { secret: "b" } };
    expect(copyKeys(keys, secret)).toEqual({ accessKey: "value of a", secretKey: "value of b" });
  });

  it("is refused where the reader is a role, with the ways that remain", () => {
    const refused = () =>
      copyKeys({ ...roleOf("reader"), stsHost: "sts.eu-central-1.amazonaws.com" }, secret);
    expect(refused).toThrow(UserError);
    expect(refused).toThrow(
      /cannot take the reader's role: its trust names no account there.*example-holdfast-reader/s,
    );
    expect(refused).toThrow(/--repository site/);
  });
});
