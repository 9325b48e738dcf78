// Of the stand-ins for Pulumi's providers, their types: the lab's alone.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { extractProvider } from "./extract.ts";
import { AWS_TOKENS, CLOUDFLARE_TOKENS } from "./tokens.ts";

// Writes the type tables anew: after a change of an SDK's version or of the list of types.
for (const [name, tokens] of [
  ["aws", AWS_TOKENS],
  ["cloudflare", CLOUDFLARE_TOKENS],
] as const) {
  const file = path.join(import.meta.dirname, "..", name, "types.json");
  await writeFile(file, JSON.stringify(extractProvider(`@pulumi/${name}`, tokens), null, 2));
  await execa(process.execPath, ["node_modules/.bin/biome", "format", "--write", file], {
    cwd: path.join(import.meta.dirname, "..", "..", ".."),
  });
}
