import { alone, type LabContext, type StartContext, step } from "./context.ts";
import type { PlaceName } from "./net/addresses.ts";
import { killPlace } from "./place/place.ts";
import { readRecord, writeRecord } from "./record.ts";
import { discardDisk, startHealthy } from "./start.ts";
import { installRules } from "./third/prometheus.ts";

/** The loss of a data centre. Says whether anything was alive. */
export function kill(context: LabContext, name: PlaceName): Promise<boolean> {
  return alone(context, () => killPlace(name, context.layout.place(name)));
}

/** Brings one place back: with its disk, or as a new and empty one. */
export async function restart(
  context: StartContext,
  name: PlaceName,
  { fresh }: { fresh: boolean },
): Promise<void> {
  const { artefacts: keys, standIns } = await readRecord(context.layout);
  const artefacts = await context.artefacts();
  await alone(context, async () => {
    const { layout } = context;
    await killPlace(name, layout.place(name));
    if (fresh) await discardDisk(name, layout);
    await step(context, `lab-${name}`, fresh ? `${name}, new and empty` : name, () =>
      startHealthy(name, layout, artefacts, context.signal),
    );
    if (name === "third") await installRules(layout, await context.rules());
    await writeRecord(layout, { artefacts: keys, standIns });
  });
}
