import { parseImage, parseImagesLock } from "../read/images-lock.ts";
import { eachContainer, kubernetesKind, objectName, podOf, runsPods } from "../read/pods.ts";
import { parseBytes } from "../read/postgres.ts";
import { parseQuantity } from "../read/quantity.ts";
import { at, each, itemsOf, textOf } from "../read/value.ts";
import { listOfWords, type Rule, resourceRule, words } from "../rule.ts";

const imageByDigest = resourceRule({
  name: "image-by-digest",
  title: "Images are named by digest",
  severity: "high",
  level: "mandatory",
  reason:
    "a tag can mean another image tomorrow, or at the other site: another C library or ICU there, and indexes are silently wrong",
  remediation: "name the image as repository@sha256:<digest>",
  covers: runsPods,
  *judge(resource) {
    yield* eachContainer(podOf(resource), function* ({ name, spec }) {
      const image = textOf(at(spec, "image")) ?? "";
      if (parseImage(image)?.digest === undefined)
        yield `container ${name} has the image ${image || "(none)"}`;
    });
  },
});

const imageLocked = resourceRule({
  name: "image-locked",
  title: "Both sites run the images of images.lock",
  severity: "high",
  level: "mandatory",
  reason: "a restore by another build of PostgreSQL or its libraries is not the restore that was tried",
  remediation: "commit the digest to the lock file, and roll both sites to it",
  settings: { lockFile: words("images.lock", "the committed list, from the folder that holds the pack's") },
  covers: runsPods,
  *judge(resource, values, world) {
    const pod = podOf(resource);
    if (pod === undefined) return;
    const text = world.readFile(values.lockFile);
    const locked = parseImagesLock(text ?? "");
    yield* eachContainer(pod, function* ({ name, spec }) {
      const image = parseImage(textOf(at(spec, "image")) ?? "");
      // One without a digest is image-by-digest's to say.
      if (image?.digest === undefined) return;
      const digests = locked.get(image.repository);
      if (text === undefined) yield `container ${name}: there is no ${values.lockFile} to compare with`;
      else if (digests === undefined)
        yield `container ${name} has ${image.repository}, which ${values.lockFile} does not name`;
      else if (!digests.has(image.digest))
        yield `container ${name} has ${image.repository}@${image.digest}, and ${values.lockFile} says ${[...digests].join(", ")}`;
    });
  },
});

const restoreCapacity = resourceRule({
  name: "restore-capacity",
  title: "A site asks for what a restore needs",
  severity: "high",
  level: "mandatory",
  reason:
    "requests are what a cluster promises: a standby's that are lower than the primary's are found out on the bad day",
  remediation: "give the database the requests and the volume of the site that it has to stand in for",
  settings: {
    containers: listOfWords(["postgres", "postgresql"], "names of the containers that run PostgreSQL"),
    claims: words(
      "database|postgres|pgdata",
      "which volume claims hold a database: an expression on their names",
    ),
    cpu: words("250m", "least CPU request"),
    memory: words("512Mi", "least memory request; it has to be above shared_buffers too"),
    storage: words("10Gi", "least size of the volume"),
  },
  covers: (resource) =>
    ["StatefulSet", "Deployment", "PersistentVolumeClaim"].includes(kubernetesKind(resource) ?? ""),
  *judge(resource, values) {
    const kind = kubernetesKind(resource);
    if (kind === "StatefulSet" || kind === "Deployment") {
      yield* eachContainer(podOf(resource), function* ({ name, spec }) {
        if (!values.containers.includes(name)) return;
        for (const what of ["cpu", "memory"] as const) {
          const given = at(spec, "resources", "requests", what);
          if ((parseQuantity(given) ?? 0) < (parseQuantity(values[what]) ?? 0))
            yield `container ${name} requests ${what} ${String(given ?? "(none)")}, and a restore needs ${values[what]}`;
        }
        const memory = parseQuantity(at(spec, "resources", "requests", "memory")) ?? 0;
        const buffers = sharedBuffers(at(spec, "args"));
        if (memory >= (parseQuantity(values.memory) ?? 0) && buffers !== undefined && memory <= buffers)
          yield `container ${name} requests no more memory than shared_buffers`;
      });
    }
    if (kind === "PersistentVolumeClaim" && new RegExp(values.claims, "i").test(objectName(resource))) {
      const given = at(resource.props, "spec", "resources", "requests", "storage");
      if ((parseQuantity(given) ?? 0) < (parseQuantity(values.storage) ?? 0))
        yield `has ${String(given ?? "no size")}, and a restore needs ${values.storage}`;
    }
  },
});

function sharedBuffers(args: unknown): number | undefined {
  const items = itemsOf(args);
  for (let index = 0; index < items.length; index += 1) {
    const match = /^(?:--|-c)?shared_buffers=(.+)$/.exec(textOf(items.read(index)) ?? "");
    if (match !== null) return parseBytes(match[1]);
  }
  return undefined;
}

const podSecurity = resourceRule({
  name: "pod-security",
  title: "Pods and namespaces keep to Pod Security “restricted”",
  severity: "high",
  level: "mandatory",
  reason: "a way out of a container is a way to the node's disks, the backups' keys among them",
  remediation:
    "label the namespace pod-security.kubernetes.io/enforce: restricted, and give each container what that profile asks",
  covers: (resource) => runsPods(resource) || kubernetesKind(resource) === "Namespace",
  *judge(resource) {
    if (kubernetesKind(resource) === "Namespace") {
      const label = textOf(at(resource.props, "metadata", "labels", "pod-security.kubernetes.io/enforce"));
      if (label !== "restricted") yield `enforces the profile ${label ?? "(none)"}`;
      return;
    }
    const pod = podOf(resource);
    if (pod === undefined) return;
    const spec = at(pod, "spec");
    for (const host of ["hostNetwork", "hostPID", "hostIPC"] as const)
      if (at(spec, host) === true) yield `shares the node's ${host.slice(4).toLowerCase()}`;
    yield* each(itemsOf(at(spec, "volumes")), function* (volume): Generator<string> {
      if (at(volume, "hostPath") !== undefined)
        yield `mounts a path of the node (${String(at(volume, "name"))})`;
    });
    const ofPod = at(spec, "securityContext");
    yield* eachContainer(pod, function* ({ name, spec: container }) {
      for (const message of judgeContainer(container, ofPod)) yield `container ${name} ${message}`;
    });
  },
});

function* judgeContainer(container: unknown, ofPod: unknown): Generator<string> {
  const own = at(container, "securityContext");
  const either = (...path: readonly string[]): unknown => at(own, ...path) ?? at(ofPod, ...path);
  if (either("runAsNonRoot") !== true) yield "may run as root (runAsNonRoot)";
  if (either("runAsUser") === 0) yield "runs as root (runAsUser)";
  const seccomp = textOf(either("seccompProfile", "type"));
  if (seccomp !== "RuntimeDefault" && seccomp !== "Localhost") yield "has no seccomp profile";
  if (at(own, "privileged") === true) yield "is privileged";
  if (at(own, "allowPrivilegeEscalation") !== false) yield "may gain privileges (allowPrivilegeEscalation)";
  const drop = itemsOf(at(own, "capabilities", "drop"));
  if (!Array.from({ length: drop.length }, (_, index) => drop.read(index)).includes("ALL"))
    yield "keeps capabilities (drop ALL)";
  yield* each(itemsOf(at(own, "capabilities", "add")), function* (capability): Generator<string> {
    if (capability !== "NET_BIND_SERVICE") yield `adds the capability ${String(capability)}`;
  });
  yield* each(itemsOf(at(container, "ports")), function* (port): Generator<string> {
    const hostPort = at(port, "hostPort");
    if (hostPort !== undefined && hostPort !== 0) yield `takes the node's port ${String(hostPort)}`;
  });
}

export const workloadRules: readonly Rule[] = [imageByDigest, imageLocked, restoreCapacity, podSecurity];
