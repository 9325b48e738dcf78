import { type Site, sites } from "../contract/stack.ts";
import type { LabPort, LabStatus, SiteState } from "../drill/ports/lab.ts";
import type { EpochPort } from "../drill/ports/third-place.ts";
import type { PlantContext } from "../lab/faults/plants.ts";
import type { LabLayout } from "../lab/layout.ts";
import type { PlaceStatus } from "../lab/status.ts";
import { labContextHere, labLayoutHere } from "./lab-here.ts";

/** The lab, as the drill needs it. The lab's modules are loaded by the call that uses them. */
export function createLabPort(ports: { readonly epoch: EpochPort; readonly bucket: string }): LabPort {
  async function restart(name: Site | "third", fresh: boolean, signal: AbortSignal): Promise<void> {
    const lab = await import("../lab/restart.ts");
    await lab.restart(await labContextHere(signal), name, { fresh });
  }

  async function plantContext(signal: AbortSignal): Promise<PlantContext> {
    const [{ offsiteEndpoint }, { firstProcess }, layout, record] = await Promise.all([
      import("../lab/net/addresses.ts"),
      import("../lab/place/place.ts"),
      labLayoutHere(),
      ports.epoch.read(signal),
    ]);
    const [primary, dr] = await Promise.all(sites.map((site) => firstProcess(layout.place(site))));
    return {
      root: layout.root,
      endpoint: offsiteEndpoint,
      bucket: ports.bucket,
      epoch: record?.epoch ?? 1,
      primary: primary ?? null,
      dr: dr ?? null,
    };
  }

  return {
    status: async () => {
      const { status } = await import("../lab/status.ts");
      const layout = await labLayoutHere();
      const found = await status(layout);
      return toLabStatus(found.places, await exists(layout));
    },
    ensureThirdPlace: async (signal) => {
      const layout = await labLayoutHere();
      const [{ firstProcess }, { thirdComplaint }] = await Promise.all([
        import("../lab/place/place.ts"),
        import("../lab/third/health.ts"),
      ]);
      if (!(await exists(layout))) {
        // Never started, or taken down: then there is no site either, whose loss a whole start would undo.
        const { up } = await import("../lab/up.ts");
        await up(await labContextHere(signal));
      } else if (
        (await firstProcess(layout.place("third"))) === undefined ||
        (await thirdComplaint(layout)) !== undefined
      ) {
        await restart("third", false, signal);
      }
    },
    ensureSite: async (site, signal) => {
      const { siteComplaint } = await import("../lab/site/health.ts");
      const { firstProcess } = await import("../lab/place/place.ts");
      const layout = await labLayoutHere();
      const isUp = (await firstProcess(layout.place(site))) !== undefined;
      if (!isUp || (await siteComplaint(site, layout)) !== undefined) await restart(site, false, signal);
    },
    restartSiteFresh: (site, signal) => restart(site, true, signal),
    killSite: async (site) => {
      const { killPlace } = await import("../lab/place/place.ts");
      const layout = await labLayoutHere();
      // Without the lab's lock: a loss waits for nobody, and this is the moment that RTO counts from.
      const sentAtMs = Date.now();
      await killPlace(site, layout.place(site));
      return { sentAtMs, goneAtMs: Date.now() };
    },
    plant: async (plant, signal) => {
      const { plants } = await import("../lab/faults/plants.ts");
      return { detail: await plants[plant].plant(await plantContext(signal)) };
    },
    unplant: async (plant, signal) => {
      const { plants } = await import("../lab/faults/plants.ts");
      await plants[plant].unplant(await plantContext(signal));
    },
  };
}

async function exists(layout: LabLayout): Promise<boolean> {
  const { readRecord } = await import("../lab/record.ts");
  return readRecord(layout).then(
    () => true,
    () => false,
  );
}

export function toLabStatus(places: readonly PlaceStatus[], started: boolean): LabStatus {
  const stateOf = (name: Site | "third"): SiteState => {
    const place = places.find((one) => one.place === name);
    if (!started || place === undefined) return { state: "absent", unhealthy: [] };
    const unhealthy = place.parts
      .filter((part) => part.state !== "ok")
      .map((part) => `${part.part}: ${part.state}`);
    return { state: place.running ? "up" : "down", unhealthy };
  };
  const [primary, dr] = sites;
  return { third: stateOf("third"), sites: { primary: stateOf(primary), dr: stateOf(dr) } };
}
