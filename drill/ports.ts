import type { Site } from "../contract/stack.ts";
import type { CanaryPort, OdooPort, SinkPort, WebPort, WorkflowPort } from "./ports/applications.ts";
import type { KubePort } from "./ports/cluster.ts";
import type { PgPort } from "./ports/database.ts";
import type { PulumiPort } from "./ports/engine.ts";
import type { Clock, HostPort } from "./ports/host.ts";
import type { LabPort } from "./ports/lab.ts";
import type { CertificatePort, DnsPort } from "./ports/names.ts";
import type { S3Port } from "./ports/objects.ts";
import type { LoadPort, ProberPort } from "./ports/prober.ts";
import type { FloorPort, RepositoryPort } from "./ports/repository.ts";
import type { StewardPort } from "./ports/steward.ts";
import type { EpochPort, LeasePort } from "./ports/third-place.ts";

/**
 * What the drill needs from the world, as interfaces. `drill/adapters` does it for
 * real; tests give fakes. Rules for every implementation:
 *
 * - A method resolves with what it saw, and rejects only when it could not look:
 *   a lost connection (`PortError`), a thing the user must mend (`UserError`), or
 *   an abort of `signal` (the signal's reason). "The server refused" is a value.
 * - Times are milliseconds; wall times are since the Unix epoch.
 * - Nothing waits for a state: `until()` polls, with the drill's clock.
 */

export interface Ports {
  readonly clock: Clock;
  readonly host: HostPort;
  readonly lab: LabPort;
  readonly kube: (site: Site) => KubePort;
  readonly pg: PgPort;
  readonly s3: S3Port;
  readonly dns: DnsPort;
  readonly pulumi: PulumiPort;
  readonly prober: ProberPort;
  readonly load: LoadPort;
  readonly odoo: OdooPort;
  readonly web: WebPort;
  readonly workflows: WorkflowPort;
  readonly epoch: EpochPort;
  readonly lease: LeasePort;
  readonly repository: RepositoryPort;
  readonly steward: StewardPort;
  readonly certificates: CertificatePort;
  /** Not everywhere: it takes a pod of its own at the site. */
  readonly floor?: FloorPort;
  /** Null where nothing takes the mail of drills: then nothing is proved of it, and nothing asked. */
  readonly sink: SinkPort | null;
  /** Null but in a rehearsal, where `dr` is the copy's namespace and ports in all of the others. */
  readonly canary: CanaryPort | null;
}
