// The one reader of values in files, the program's and the command line's; what a secret then is, is config's.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readSecretOf, readValueFile } from "../../cli/secret-file.ts";

const folder = mkdtempSync(join(tmpdir(), "holdfast-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a value loses its last newline and nothing else", () => {
  writeFileSync(join(folder, "cipher"), " a\nb\n\n");
  expect(readSecretOf(folder, "cipher")).toBe(" a\nb\n");
  expect(readValueFile(join(folder, "cipher"))).toBe(" a\nb\n");
});

test("none is undefined; an empty one is empty", () => {
  writeFileSync(join(folder, "empty"), "");
  expect(readSecretOf(folder, "nothing")).toBeUndefined();
  expect(readSecretOf(folder, "empty")).toBe("");
});

test("one that cannot be read is an error, not none", () => {
  mkdirSync(join(folder, "tls"));
  expect(() => readSecretOf(folder, "tls")).toThrow(/EISDIR/);
});
