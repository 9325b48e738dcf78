import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { readFile, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { execa } from "execa";
import { UserError } from "../../errors/user-error.ts";

export interface Sum {
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * A tar of those files of a folder, the same bytes for the same contents: no owners, no times, a fixed order. Links
 * become what they point to.
 */
export async function makeTar(output: string, folder: string, files: readonly string[]): Promise<void> {
  const options = [
    ...["--create", "--file", output, "--directory", folder, "--format=gnu", "--dereference"],
    ...[
      "--hard-dereference",
      "--mtime=@0",
      "--owner=0",
      "--group=0",
      "--numeric-owner",
      "--mode=u+rw,a+rX,go-w",
    ],
    ...["--no-recursion", "--null", "--files-from=-"],
  ];
  try {
    await execa("tar", options, { input: [...files].sort().join("\0") });
  } catch (cause) {
    const { code, stderr } = cause as { readonly code?: string; readonly stderr?: string };
    if (code !== "ENOENT") throw new Error(`tar: ${stderr ?? ""}`, { cause });
    throw new UserError("TOOL_MISSING", { what: "GNU tar is not here", cause });
  }
}

export async function sumOf(file: string): Promise<Sum> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash);
  return { sha256: hash.digest("hex"), bytes: (await stat(file)).size };
}

export const sumOfText = (text: Uint8Array | string): Sum => ({
  sha256: createHash("sha256").update(text).digest("hex"),
  bytes: Buffer.byteLength(text),
});

/** Fast rather than small: it is stored once. */
const level = 3;

export async function packed(file: string): Promise<Uint8Array> {
  const output = `${file}.gz`;
  await pipeline(
    createReadStream(file, { highWaterMark: 2 ** 20 }),
    createGzip({ level }),
    createWriteStream(output),
  );
  const body = await readFile(output);
  await rm(output);
  return body;
}

/** The sum of what a stored part unpacks to; null where it does not unpack. */
export async function sumOfPacked(body: Uint8Array): Promise<Sum | null> {
  const hash = createHash("sha256");
  const gunzip = createGunzip();
  let bytes = 0;
  gunzip.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    hash.update(chunk);
  });
  const ended = new Promise<boolean>((resolve) => {
    gunzip.on("end", () => resolve(true)).on("error", () => resolve(false));
  });
  gunzip.end(body);
  return (await ended) ? { sha256: hash.digest("hex"), bytes } : null;
}
