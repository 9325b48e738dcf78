import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { LabArtefacts } from "./artefacts.ts";
import { alone, link, type StartContext, siteRootLink, step } from "./context.ts";
import { writeStateCredentials } from "./env.ts";
import { placeNames, siteNames } from "./net/addresses.ts";
import { ensureSwitch } from "./net/switch.ts";
import { preflight } from "./preflight.ts";
import { installPulumiHome } from "./pulumi-home.ts";
import { type LabRecord, writeRecord } from "./record.ts";
import { ensureSecrets } from "./secrets/secrets.ts";
import { writeOperatorKubeconfigs } from "./site/site.ts";
import { startHealthy } from "./start.ts";
import { installRules } from "./third/prometheus.ts";

/**
 * Brings the lab to "everything runs and answers", from whatever is there: nothing, all
 * of it, or what a start or a machine that was cut short has left. Each piece keeps what
 * is good and mends what is not, so running it again is always safe.
 */
export async function up(context: StartContext): Promise<LabRecord> {
  await preflight(context.layout);
  const artefacts = await context.artefacts();
  return alone(context, () => upAlone(context, artefacts));
}

async function upAlone(context: StartContext, artefacts: LabArtefacts): Promise<LabRecord> {
  const { layout, signal } = context;
  await mkdir(layout.root, { recursive: true, mode: 0o711 });
  await link(artefacts.siteRoot, siteRootLink(layout));
  await step(context, "lab-network", "network", () =>
    ensureSwitch(layout.switchNamespace, artefacts.siteRoot),
  );
  await step(context, "lab-secrets", "certificates and secrets", async () => {
    await ensureSecrets(layout, join(context.repository, "lab", "passphrase"));
    await writeOperatorKubeconfigs(layout, siteNames);
    await writeStateCredentials(layout);
  });
  const standIns = await step(context, "lab-pulumi", "Pulumi's plugins", () =>
    installPulumiHome(layout, artefacts, context.node),
  );
  const titles = { primary: "site primary", dr: "site dr", third: "third place" } as const;
  await Promise.all(
    placeNames.map((name) =>
      step(context, `lab-${name}`, titles[name], () => startHealthy(name, layout, artefacts, signal)),
    ),
  );
  await step(context, "lab-rules", "alert rules", async () => installRules(layout, await context.rules()));
  return writeRecord(layout, { artefacts: artefacts.keys, standIns });
}
