import { matchesPattern } from "../read/policy-document.ts";
import { at, textOf } from "../read/value.ts";
import { type Finding, listOfWords, type Rule, resourceRule, stackRule } from "../rule.ts";

/** Types whose loss is a loss of data, or of the key to it. */
const statefulTypes = [
  "holdfast:index:Bucket",
  "kubernetes:*:PersistentVolumeClaim",
  "kubernetes:*:PersistentVolume",
  "aws:s3/bucket*:Bucket",
  "aws:s3/bucket*:BucketV2",
  "aws:kms/key:Key",
  "aws:rds/instance:Instance",
  "aws:rds/cluster:Cluster",
  "aws:ebs/volume:Volume",
  "aws:efs/fileSystem:FileSystem",
  "aws:dynamodb/table:Table",
  "gcp:storage/bucket:Bucket",
  "azure-native:storage:StorageAccount",
] as const;

const statefulProtected = resourceRule({
  name: "stateful-protected",
  title: "What holds data is protected",
  severity: "critical",
  level: "mandatory",
  reason:
    "a renamed component or a destroy in the wrong stack deletes it; the engine refuses where protect is set",
  remediation:
    "set `protect: true`; the engine tells policies nothing of retainOnDelete, so name a retained resource under `except` with that reason",
  settings: { types: listOfWords(statefulTypes, "types that hold data (`*` stands for any text)") },
  covers: ({ type }, values) => values.types.some((pattern) => matchesPattern(pattern, type)),
  *judge({ protect }) {
    if (!protect) yield "is not protected";
  },
});

/** The other resource of the built-in provider. */
const stash = "pulumi:index:Stash";

const noForeignStack = stackRule({
  name: "no-foreign-stack",
  title: "No stack reads another site's stack",
  severity: "critical",
  level: "mandatory",
  reason: "dr must come up when the primary and its state are gone",
  remediation:
    "read config and the third place only; a reference to what outlives the sites is named under `except`, as `default*`",
  settings: {
    allowed: listOfWords(
      ["offsite", "*/offsite"],
      "stacks that outlive either site (`*` stands for any text)",
    ),
  },
  covers: () => true,
  *judge(resources, values): Generator<Finding> {
    const references = resources.filter(({ type }) => type === "pulumi:pulumi:StackReference");
    const builtin = resources.find(({ type }) => type === "pulumi:providers:pulumi");
    // The engine shows policies no resource that is only read, but the provider that reads it.
    if (builtin !== undefined && references.length === 0 && !resources.some(({ type }) => type === stash))
      yield { message: "reads a stack by a reference, which one the engine does not tell", at: builtin };
    for (const resource of references) {
      const name = textOf(at(resource.props, "name")) ?? resource.name;
      if (!values.allowed.some((pattern) => matchesPattern(pattern, name)))
        yield { message: `reads the stack ${name}`, at: resource };
    }
  },
});

const explicitProvider = resourceRule({
  name: "explicit-provider",
  title: "Every resource has an explicit provider",
  severity: "high",
  level: "mandatory",
  reason: "a default provider acts wherever the surroundings point: the wrong cluster, the wrong account",
  remediation:
    'pass a provider to every component; `pulumi:disable-default-providers: ["*"]` makes the engine refuse the rest',
  covers: ({ provider }) => provider !== undefined,
  *judge({ provider }) {
    const name = provider?.name ?? "";
    if (/^default(_|$)/.test(name)) yield `comes from the default provider ${name}`;
  },
});

export const stackShapeRules: readonly Rule[] = [statefulProtected, noForeignStack, explicitProvider];
