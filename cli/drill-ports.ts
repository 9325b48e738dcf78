import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createObservingPorts, createPorts, type Places } from "../drill/adapters/index.ts";
import type { StatePlace } from "../drill/adapters/stack-locks.ts";
import type { Clock } from "../drill/ports/host.ts";
import type { S3Port } from "../drill/ports/objects.ts";
import type { LeasePort } from "../drill/ports/third-place.ts";
import type { Ports } from "../drill/ports.ts";
import type { ProberSettings } from "../drill/prober/settings.ts";
import { UserError } from "../errors/user-error.ts";
import { livesSince } from "./drill/process.ts";
import { insideThirdPlace, labEnvironmentHere, labLayoutHere, labStandIns } from "./lab-here.ts";
import { createLabPort } from "./lab-port.ts";
import { readPlaces } from "./places.ts";
import { readSecretOf } from "./secret-file.ts";
import { createSinkPort } from "./sink-port.ts";

export interface RunInputs {
  readonly repositoryRoot: string;
  readonly run: string;
  /** @default false: dr is dr's own stack */
  readonly rehearsal?: boolean;
  /** Over the control bucket; the caller knows the run and its operator. */
  readonly lease: (ports: {
    readonly s3: S3Port;
    readonly clock: Clock;
    readonly bucket: string;
  }) => LeasePort;
}

/** The real ports of one run on the lab. */
export async function createRunPorts(inputs: RunInputs): Promise<Ports> {
  const { repositoryRoot, run, rehearsal = false } = inputs;
  const [layout, environment] = await Promise.all([labLayoutHere(), labEnvironmentHere()]);
  const places = await readLabPlaces(repositoryRoot, rehearsal);
  return createPorts({
    places,
    lab: createLabPort({ epoch: createObservingPorts(places).epoch, bucket: places.offsite.bucket }),
    sink: await createSinkPort(),
    lease: ({ s3, clock }) => inputs.lease({ s3, clock, bucket: places.offsite.controlBucket }),
    pulumi: { repositoryRoot, cliRoot: layout.root, environment, state: await labStatePlace() },
    prober: {
      directory: join(layout.root, "third", "prober"),
      run,
      command: [process.execPath, join(repositoryRoot, "cli", "main.ts"), "prober", "run"],
      inside: insideThirdPlace,
      environment: { PATH: environment.PATH ?? "" },
      settings: (directory, heartbeatsPerSecond) =>
        proberSettings(places, layout.secrets, directory, heartbeatsPerSecond),
    },
    disk: layout.root,
    standIns: labStandIns,
  });
}

/** The identity that Pulumi itself uses, by `AWS_PROFILE` of the lab's environment. */
export async function labStatePlace(): Promise<StatePlace> {
  const [{ secrets, caCertificate }, { PULUMI_BACKEND_URL: url = "" }] = await Promise.all([
    labLayoutHere(),
    labEnvironmentHere(),
  ]);
  const value = (path: string): string => {
    const found = readSecretOf(secrets, path);
    if (found !== undefined) return found;
    throw new UserError("SECRET_MISSING", { what: "the keys of Pulumi's state are not there", got: path });
  };
  return {
    url,
    keys: { accessKeyId: value("offsite-state.key"), secretAccessKey: value("offsite-state.secret") },
    ca: readFileSync(caCertificate, "utf8"),
    livesSince,
  };
}

export async function readLabPlaces(repositoryRoot: string, rehearsal = false): Promise<Places> {
  const layout = await labLayoutHere();
  const { readRecord } = await import("../lab/record.ts");
  await readRecord(layout); // "no lab" is said as such, not as a list of missing secrets
  const inputs = { repositoryRoot, kubeconfig: join(layout.kube, "config"), secrets: layout.secrets };
  return readPlaces(inputs, { rehearsal });
}

/** Paths of passwords, never the passwords: the file lies open in the run's directory. */
export function proberSettings(
  places: Places,
  secrets: string,
  directory: string,
  heartbeatsPerSecond: number,
): ProberSettings {
  return {
    directory,
    resolvers: places.dns.resolvers.map((server) => server.address),
    caFile: join(secrets, "ca.crt"),
    databaseName: places.databaseName,
    databasePort: places.sites.primary.databasePort,
    database: places.prober.database,
    publicName: places.publicName,
    publicPort: places.sites.primary.gatewayPort,
    heartbeat: {
      role: places.prober.role,
      passwordFile: join(secrets, "prober-password"),
      perSecond: heartbeatsPerSecond,
    },
    load: { role: "load", passwordFile: join(secrets, "load-password"), rowsPerSecond: 0, payloadBytes: 512 },
    user: {
      database: places.odoo.database,
      login: places.odoo.login,
      passwordFile: join(secrets, "odoo-admin-password"),
      everyMs: 1000,
      timeoutMs: 3000,
    },
    canary: places.canary === null ? null : { name: places.canary.name, port: places.sites.dr.gatewayPort },
    documents: { everyMs: 5000, timeoutMs: 5000, bytes: 65_536 },
  };
}
