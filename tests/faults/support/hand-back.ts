import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigChange, changeConfig } from "../../../drill/config-copy.ts";
import type { Ports } from "../../../drill/ports.ts";
import { until } from "./until.ts";

const role = (value: string): ConfigChange => ({ path: ["holdfast:site", "role"], value });

/**
 * Primary active and dr standing by, whoever was active before: what docs/runbook.md calls going home, without a
 * drill. Gives the epoch, of which the third place's repository then holds a full backup.
 */
export async function handBack(ports: Ports, signal: AbortSignal): Promise<number> {
  const before = await ports.epoch.read(signal);
  if (before?.holder === "dr") {
    await ports.lab.ensureSite("dr", signal);
    await up(ports, "dr", [role("draining")], false, signal);
    await until("dr's last WAL in the third place", "stopped", async () => {
      const status = await ports.steward.status("dr", signal);
      const drained = status?.role === "draining" ? status.drained : null;
      return drained === null ? { notYet: status?.error ?? status?.phase ?? "no pod" } : { done: drained };
    });
    await ports.lab.restartSiteFresh("primary", signal);
    const handover = { path: ["holdfast:site", "handover"], value: before.epoch };
    await up(ports, "primary", [role("active"), handover], true, signal);
  } else {
    await Promise.all((["primary", "dr"] as const).map((site) => ports.lab.ensureSite(site, signal)));
    await up(ports, "offsite", [], false, signal);
    await up(ports, "primary", [], before !== null, signal);
  }
  await up(ports, "dr", [], before !== null, signal);
  const after = await ports.epoch.read(signal);
  if (after?.holder !== "primary") throw new Error(`epoch ${after?.epoch} is ${after?.holder}'s`);
  await until("a full backup of the epoch in the third place", "backup", async () => {
    const info = await ports.repository
      .info({ repository: "offsite", epoch: after.epoch, via: "primary" }, signal)
      .catch((error: unknown) => String(error));
    if (typeof info === "string") return { notYet: info };
    return info.sets.some(({ type }) => type === "full") ? { done: undefined } : { notYet: "none yet" };
  });
  return after.epoch;
}

async function up(
  ports: Ports,
  stack: string,
  changes: readonly ConfigChange[],
  refresh: boolean,
  signal: AbortSignal,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "hand-back-"));
  try {
    const configFile = join(folder, `Pulumi.${stack}.yaml`);
    await writeFile(configFile, changeConfig(await ports.pulumi.committedConfig(stack), changes));
    const onEvent = () => undefined;
    const result = await ports.pulumi.up({ stack, configFile, message: "test", refresh, onEvent, signal });
    if (!result.ok) throw new Error(`up of ${stack}: ${result.error}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
