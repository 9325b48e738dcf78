import { changed, container, digest, postgresPath, withChanged } from "../builders.ts";
import { active, args, broken, full, jobPod } from "./active-site.ts";
import type { Case } from "./case.ts";

const security = `${postgresPath}.securityContext`;

export const workloadCases: readonly Case[] = [
  { rule: "image-by-digest", kind: "valid", what: "a digest", stack: active },
  {
    rule: "image-by-digest",
    kind: "extras",
    what: "a tag beside the digest",
    stack: broken("database", `${postgresPath}.image`, `registry.example/postgres:18@${digest}`),
  },
  {
    rule: "image-by-digest",
    kind: "nearMiss",
    what: "a tag",
    stack: broken(full, `${jobPod}.containers.0.image`, "registry.example/postgres:18.6"),
    says: "container backup has the image registry.example/postgres:18.6",
  },
  {
    rule: "image-by-digest",
    kind: "nearMiss",
    what: "a digest cut short",
    stack: broken("database", `${postgresPath}.image`, `registry.example/postgres@sha256:${"0".repeat(63)}`),
    says: "container postgres has the image",
  },
  {
    rule: "image-by-digest",
    kind: "nearMiss",
    what: "of a container that prepares",
    stack: broken("database", "spec.template.spec.initContainers", [
      container("restore", { image: "registry.example/postgres:latest" }),
    ]),
    says: "container restore",
  },
  { rule: "image-locked", kind: "valid", what: "as locked", stack: active },
  {
    rule: "image-locked",
    kind: "extras",
    what: "a tag, which is another rule's",
    stack: active,
    settings: { lockFile: "images.lock" },
  },
  {
    rule: "image-locked",
    kind: "nearMiss",
    what: "another digest",
    stack: broken("database", `${postgresPath}.image`, `registry.example/postgres@sha256:${"f".repeat(64)}`),
    says: "and images.lock says sha256:0123",
  },
  {
    rule: "image-locked",
    kind: "nearMiss",
    what: "an image that is not in the list",
    stack: broken("database", `${postgresPath}.image`, `registry.example/other@sha256:${"f".repeat(64)}`),
    says: "which images.lock does not name",
  },
  {
    rule: "image-locked",
    kind: "nearMiss",
    what: "no list",
    stack: active,
    settings: { lockFile: "absent.lock" },
    says: "there is no absent.lock to compare with",
  },
  { rule: "restore-capacity", kind: "valid", what: "more than is needed", stack: active },
  {
    rule: "restore-capacity",
    kind: "extras",
    what: "in other units; a sidecar asks for little",
    stack: withChanged(
      broken("database", `${postgresPath}.resources.requests`, { cpu: 1, memory: "536870912" }),
      "database",
      (one) =>
        changed(
          one,
          "spec.template.spec.containers.1",
          container("exporter", { resources: { requests: { cpu: "10m", memory: "32Mi" } } }),
        ),
    ),
  },
  {
    rule: "restore-capacity",
    kind: "nearMiss",
    what: "a little less CPU",
    stack: broken("database", `${postgresPath}.resources.requests.cpu`, "249m"),
    says: "requests cpu 249m, and a restore needs 250m",
  },
  {
    rule: "restore-capacity",
    kind: "nearMiss",
    what: "less than the other site has",
    stack: active,
    settings: { memory: "4Gi" },
    says: "requests memory 1Gi, and a restore needs 4Gi",
  },
  {
    rule: "restore-capacity",
    kind: "nearMiss",
    what: "no more than its cache",
    stack: args("-c archive_timeout=60s -c shared_buffers=1GB"),
    says: "no more memory than shared_buffers",
  },
  {
    rule: "restore-capacity",
    kind: "nearMiss",
    what: "a volume too small",
    stack: broken("database-data", "spec.resources.requests.storage", "10G"),
    says: "has 10G, and a restore needs 10Gi",
  },
  { rule: "pod-security", kind: "valid", what: "restricted", stack: active },
  {
    rule: "pod-security",
    kind: "extras",
    what: "set at the container; one capability that is allowed",
    stack: withChanged(broken("database", "spec.template.spec.securityContext", {}), "database", (one) =>
      changed(one, security, {
        allowPrivilegeEscalation: false,
        runAsNonRoot: true,
        seccompProfile: { type: "Localhost", localhostProfile: "p.json" },
        capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
      }),
    ),
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "the namespace only warns",
    stack: broken("production", "metadata.labels", { "pod-security.kubernetes.io/warn": "restricted" }),
    says: "enforces the profile (none)",
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "the namespace enforces the profile below",
    stack: broken("production", "metadata.labels", { "pod-security.kubernetes.io/enforce": "baseline" }),
    says: "enforces the profile baseline",
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "the container takes the pod's rule back",
    stack: broken("database", `${security}.runAsNonRoot`, false),
    says: "container postgres may run as root",
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "privileges may grow",
    stack: broken("database", `${security}.allowPrivilegeEscalation`, undefined),
    says: "allowPrivilegeEscalation",
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "some capabilities dropped",
    stack: broken("database", `${security}.capabilities.drop`, ["NET_RAW"]),
    says: "keeps capabilities",
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "the node's files",
    stack: broken(full, `${jobPod}.volumes.1`, { name: "host", hostPath: { path: "/" } }),
    says: "mounts a path of the node (host)",
  },
  {
    rule: "pod-security",
    kind: "nearMiss",
    what: "the node's network",
    stack: broken(full, `${jobPod}.hostNetwork`, true),
    says: "shares the node's network",
  },
];
