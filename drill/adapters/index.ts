import type { Site } from "../../contract/stack.ts";
import type { SinkPort } from "../ports/applications.ts";
import type { KubePort } from "../ports/cluster.ts";
import type { LabPort } from "../ports/lab.ts";
import type { LeasePort } from "../ports/third-place.ts";
import type { Ports } from "../ports.ts";
import { createCertificatePort } from "./certificates.ts";
import { systemClock } from "./clock.ts";
import { createDnsPort } from "./dns.ts";
import { createEpochPort } from "./epoch.ts";
import { createHostPort } from "./host.ts";
import { createKubePort } from "./kube.ts";
import { createWorkflowPort } from "./n8n.ts";
import { createNameResolver } from "./name-resolver.ts";
import { createOdooPort } from "./odoo.ts";
import { createPgPort } from "./pg.ts";
import type { Places } from "./places.ts";
import { createProberPorts, type ProberPlace } from "./prober.ts";
import { createPulumiPort, type PulumiPlace } from "./pulumi.ts";
import { createRepositoryPort } from "./repository.ts";
import { createS3Port } from "./s3.ts";
import { readSiteVersions } from "./site-versions.ts";
import { createStewardPort } from "./steward.ts";
import { createWebPort } from "./web.ts";

export type { Places } from "./places.ts";

/** The ports that only look at and ask things, for status as well as for a run. */
export type ObservingPorts = Pick<
  Ports,
  "clock" | "kube" | "pg" | "s3" | "dns" | "epoch" | "repository" | "steward" | "certificates"
>;

export function createObservingPorts(places: Places): ObservingPorts {
  const kubes: Readonly<Record<Site, KubePort>> = {
    primary: kubeOf(places, "primary"),
    dr: kubeOf(places, "dr"),
  };
  const kube = (site: Site): KubePort => kubes[site];
  const s3 = createS3Port(places.offsite, places.ca);
  return {
    clock: systemClock,
    kube,
    s3,
    pg: createPgPort(places),
    dns: createDnsPort({ ...places.dns, names: [places.publicName, places.databaseName] }),
    epoch: createEpochPort(places.offsite, s3),
    repository: createRepositoryPort(places, { kube, s3 }),
    steward: createStewardPort(places, kube),
    certificates: createCertificatePort(places),
  };
}

function kubeOf(places: Places, site: Site): KubePort {
  return createKubePort(site, { kubeconfig: places.kubeconfig, context: places.sites[site].context });
}

export interface RunPlaces {
  readonly places: Places;
  readonly pulumi: PulumiPlace;
  readonly prober: ProberPlace;
  readonly lab: LabPort;
  readonly sink: SinkPort | null;
  /** Folder whose file system is watched. */
  readonly disk: string;
  readonly standIns: () => Promise<readonly string[]>;
  /** Made by the caller over `s3`, because it names the run and its operator. */
  readonly lease: (ports: Pick<Ports, "s3" | "clock">) => LeasePort;
}

/** Everything that a run needs, done for real. */
export function createPorts(run: RunPlaces): Ports {
  const { places } = run;
  const observing = createObservingPorts(places);
  const resolver = createNameResolver(places.dns.resolvers.map((server) => server.address));
  const odooAt = (host: string, port: number) =>
    createOdooPort({ ...places.odoo, host, port, ca: places.ca }, resolver);
  const webAt = (port: number) => createWebPort({ port, ca: places.ca, logins: places.logins }, resolver);
  const { canary } = places;
  return {
    ...observing,
    ...createProberPorts(run.prober, observing.pg),
    odoo: odooAt(places.publicName, places.sites.primary.gatewayPort),
    web: webAt(places.sites.primary.gatewayPort),
    workflows: createWorkflowPort(webAt(places.sites.primary.gatewayPort), places.n8n),
    canary:
      canary === null
        ? null
        : {
            odoo: odooAt(canary.name, places.sites.dr.gatewayPort),
            web: webAt(places.sites.dr.gatewayPort),
            contract: canary.contract,
          },
    lab: run.lab,
    sink: run.sink,
    lease: run.lease(observing),
    pulumi: createPulumiPort(run.pulumi),
    host: createHostPort({
      repositoryRoot: run.pulumi.repositoryRoot,
      disk: run.disk,
      pulumi: run.pulumi.cliRoot === null ? "pulumi" : `${run.pulumi.cliRoot}/bin/pulumi`,
      environment: run.pulumi.environment,
      siteVersions: () => readSiteVersions(places, observing.kube),
      standIns: run.standIns,
    }),
  };
}
