import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import type { S3Keys } from "../../components/database/pgbackrest-config.ts";
import { parseSize, sizeForms } from "../../config/size.ts";
import { parseTimestamp } from "../../config/timestamp.ts";
import type { Site } from "../../contract/stack.ts";
import { createObservingPorts, type ObservingPorts, type Places } from "../../drill/adapters/index.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import type { RepositoryInfo } from "../../drill/ports/repository.ts";
import { type RecoveryRequest, refusalOf, requestInWords } from "../../drill/recovery.ts";
import { UserError } from "../../errors/user-error.ts";
import { planSite } from "../../plan/index.ts";
import { isRole } from "../../plan/pod-identities.ts";
import { repositoryOf } from "../../plan/repositories.ts";
import type { IdentityRef, RecoveryPlan } from "../../plan/types.ts";
import { readLabPlaces } from "../drill-ports.ts";
import { labLayoutHere } from "../lab-here.ts";
import { readSiteStack, type SiteStack } from "../places.ts";
import type { CopyPlan } from "./manifests.ts";

export interface CopyRequest {
  readonly namespace: string;
  readonly request: RecoveryRequest;
  /** Null: the one that serves. */
  readonly site: Site | null;
  /** Null: the one that serves now. */
  readonly epoch: number | null;
  /** Null: as large as the database's own. */
  readonly volume: string | null;
}

export interface PlannedCopy {
  readonly plan: CopyPlan;
  readonly site: Site;
  /** The site's stack file, and where everything is. */
  readonly stack: SiteStack;
  readonly places: Places;
  readonly ports: ObservingPorts;
  readonly context: string;
  readonly kubeconfig: string;
  readonly startupSeconds: number;
  /** Why the repository could not be asked beforehand; the pod asks again. */
  readonly unknown: string | null;
}

/** From the stack file's values and what the third place says; refuses what cannot work before anything is made. */
export async function planCopy(
  repositoryRoot: string,
  { namespace, request, ...asked }: CopyRequest,
  signal: AbortSignal,
): Promise<PlannedCopy> {
  const places = await readLabPlaces(repositoryRoot);
  const ports = createObservingPorts(places);
  const record = await ports.epoch.read(signal);
  if (record === null)
    throw new UserError("PREFLIGHT_REFUSED", {
      what: "no site was ever active: there is nothing to restore",
    });
  const site = asked.site ?? record.holder;
  const epoch = asked.epoch ?? record.epoch;
  const layout = await labLayoutHere();
  const stack = await readSiteStack(
    { repositoryRoot, kubeconfig: join(layout.kube, "config"), secrets: layout.secrets },
    site,
  );
  const plan = planSite(stack.config);
  if (namespace === plan.namespace)
    throw new UserError("ARGUMENT_INVALID", {
      what: "that is production's own namespace",
      got: namespace,
      allowed: "a name that is free",
    });
  const repository = repositoryOf(plan, request.repository);
  const reader = copyKeys(repository.reader, stack.secret);
  const volumeBytes = sizeOf(asked.volume) ?? plan.database.volume.sizeBytes;
  let unknown: string | null = null;
  let info: RepositoryInfo | null = null;
  try {
    info = await ports.repository.info({ repository: request.repository, epoch, via: record.holder }, signal);
    if (request.asOf === null) await requireReachable(ports, request, info, epoch, signal);
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    unknown = error.message;
  }
  requireRoom(info, volumeBytes);
  return {
    site,
    stack,
    places,
    ports,
    context: plan.cluster.context,
    kubeconfig: places.kubeconfig,
    startupSeconds: plan.database.budgets.startupSeconds,
    unknown,
    plan: {
      namespace,
      image: plan.database.image,
      resources: plan.database.resources,
      storageClass: plan.database.volume.storageClass,
      volumeBytes,
      port: plan.database.port,
      parameters: plan.database.parameters,
      repository,
      ca: stack.secret(request.repository === "offsite" ? plan.offsiteCa : plan.tls.ca),
      // The writer's keys have no place in a copy: the config has only one pair, and it is the reader's.
      keys: { cipher: stack.secret(repository.cipher), reader, writer: reader },
      epoch,
      recovery: recoveryOf(request),
      systemIdentifier: info?.systemIdentifier ?? null,
      createdBy: `${userInfo().username}@${hostname()}, process ${process.pid}`,
    },
  };
}

/** A role's trust names accounts in namespaces that are known beforehand; a copy's is not, so that no token would do. */
export function copyKeys(identity: IdentityRef, secret: SiteStack["secret"]): S3Keys {
  if (!isRole(identity))
    return { accessKey: secret(identity.accessKey), secretKey: secret(identity.secretKey) };
  throw new UserError("PREFLIGHT_REFUSED", {
    what: "a copy in a namespace of its own cannot take the reader's role: its trust names no account there",
    got: `offsite.reader.role ${identity.role}`,
    allowed: "the reader's keys",
    hint: "read the site's own store, --repository site; or, in a checkout of its own, give offsite.reader keys of the reader's user for as long as the copy is made",
  });
}

async function requireReachable(
  ports: ObservingPorts,
  request: RecoveryRequest,
  info: RepositoryInfo,
  epoch: number,
  signal: AbortSignal,
): Promise<void> {
  const end = await ports.repository.newestSegment(epoch, signal);
  const refusal = refusalOf(request, info, end, ports.clock.now());
  if (refusal === null) return;
  throw new UserError("PREFLIGHT_REFUSED", {
    what: `cannot restore to ${requestInWords(request)}: ${refusal}`,
    hint: "choose another target; an older epoch's path is read with --epoch",
  });
}

/** The largest set that may be begun from, and a twentieth for its WAL: as the pod's own script judges. */
function requireRoom(info: RepositoryInfo | null, volumeBytes: number): void {
  const needed = Math.max(
    0,
    ...(info?.sets ?? []).map(({ databaseBytes }) => Math.floor(databaseBytes * 1.05)),
  );
  if (needed <= volumeBytes) return;
  throw new UserError("PREFLIGHT_REFUSED", {
    what: "the volume is too small for the backup set",
    got: `${volumeBytes} bytes`,
    allowed: `at least ${needed} bytes`,
    hint: "give a larger one: --volume 50Gi",
  });
}

function recoveryOf({ kind, target, set, exclusive, repository, asOf }: RecoveryRequest): RecoveryPlan {
  const moment = (text: string): string => parseTimestamp(text) ?? text;
  return {
    kind,
    target: kind === "time" && target !== null ? moment(target) : target,
    set,
    exclusive,
    repository,
    asOf: asOf === null ? null : moment(asOf),
    sourceEpoch: null,
  };
}

function sizeOf(text: string | null): number | null {
  if (text === null) return null;
  const bytes = parseSize(text);
  if (bytes === undefined)
    throw new UserError("ARGUMENT_INVALID", {
      what: "--volume is not a size",
      got: text,
      allowed: sizeForms,
    });
  return bytes;
}
