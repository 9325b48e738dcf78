import { join } from "node:path";
import { execa } from "execa";

/** Builds the library for LD_PRELOAD into a folder; it needs nothing newer than what every glibc of ten years has. */
export async function buildClockSkew(folder: string): Promise<string> {
  const library = join(folder, "holdfast-clock-skew.so");
  const source = join(import.meta.dirname, "skew.c");
  await execa("gcc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"]);
  return library;
}

/** Environment of a process whose clock is so many seconds ahead, or behind. */
export function skewedBy(library: string, seconds: number): Readonly<Record<string, string>> {
  return { LD_PRELOAD: library, HOLDFAST_CLOCK_SKEW: String(seconds) };
}
