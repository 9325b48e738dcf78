import { z } from "zod";

const lockSchema = z.object({
  lockfileVersion: z.literal(3),
  packages: z.record(
    z.string(),
    z.object({
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
      link: z.boolean().optional(),
    }),
  ),
});

/** Folders of the packages that the program runs with, from package-lock.json: none that only development needs. */
export function packagesThatRun(lock: unknown): readonly string[] {
  const { packages } = lockSchema.parse(lock);
  return Object.entries(packages)
    .filter(([path, { dev, devOptional, link }]) => path !== "" && !dev && !devOptional && !link)
    .map(([path]) => path)
    .sort();
}

/** What no program reads while it runs: types, maps of compiled sources, texts for people. */
export function runs(file: string): boolean {
  return !/\.(d\.[cm]?ts|map|md|markdown)$/i.test(file);
}
