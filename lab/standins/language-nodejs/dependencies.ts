// Stand-in for Pulumi's Node language host: the lab's alone.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { z } from "zod";

const manifestSchema = z.object({
  version: z.string().optional(),
  dependencies: z.record(z.string(), z.string()).optional(),
  pulumi: z
    .object({
      resource: z.boolean().optional(),
      name: z.string().optional(),
      version: z.string().optional(),
      server: z.string().optional(),
    })
    .optional(),
});
type Manifest = z.infer<typeof manifestSchema>;

export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** The provider plugin the package needs, if it is the SDK of one. */
  readonly plugin?: { readonly name: string; readonly version: string; readonly server: string };
}

/** The direct dependencies of the package a program belongs to, as they are installed. */
export async function readDependencies(programDirectory: string): Promise<readonly Dependency[]> {
  const manifest = await readManifest(path.join(programDirectory, "package.json"));
  const names = Object.keys(manifest?.dependencies ?? {});
  const found = await Promise.all(names.map((name) => readDependency(programDirectory, name)));
  return found.filter((dependency) => dependency !== undefined);
}

async function readDependency(programDirectory: string, name: string): Promise<Dependency | undefined> {
  // Not by resolving `name/package.json`: packages with an "exports" table hide it.
  const require = createRequire(path.join(programDirectory, "package.json"));
  for (const folder of require.resolve.paths(name) ?? []) {
    const manifest = await readManifest(path.join(folder, name, "package.json"));
    if (manifest === undefined) continue;
    const { version = "", pulumi } = manifest;
    if (pulumi?.resource !== true) return { name, version };
    const plugin = {
      name: pulumi.name ?? name.replace(/^@pulumi\//u, ""),
      version: `v${(pulumi.version ?? version).replace(/^v/u, "")}`,
      server: pulumi.server ?? "",
    };
    return { name, version, plugin };
  }
  return undefined;
}

async function readManifest(file: string): Promise<Manifest | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch {
    // Nothing there: the caller looks in the next folder.
    return undefined;
  }
  const parsed = manifestSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : undefined;
}
