import { eachContainer, kubernetesKind, objectName, podOf, runsPods, textsOf } from "../read/pods.ts";
import { at, each, ifKnown, itemsOf, keysOf, textOf } from "../read/value.ts";
import { type Finding, type Resource, type Rule, resourceRule, stackRule } from "../rule.ts";

/** Names whose values are secrets. `..._FILE` and the like name a place, not a value. */
const secretName =
  /(^|[_.-])(password|passwd|passphrase|pgpassword|secret|token|credentials?|api[_-]?key|private[_-]?key|access[_-]?key|secret[_-]?key|cipher[_-]?pass|key[_-]?secret)$/i;

/** Values that are secrets whatever they are called. */
const secretForms: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, "a private key"],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/, "an AWS access key"],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@$]+:[^\s:/@${(]+@/i, "a URL with a password"],
];

/** `--password=value`, `PGPASSWORD=value`, `password: value`; not what is put in later (`$X`, `{{`, `%s`, `<x>`). */
const assignment =
  /(?:^|[\s"'])(?:--?)?([A-Za-z][A-Za-z0-9_.-]*)["']?\s*(?:=|:\s)\s*["']?([^\s"'$<{%;,)]{6,})["']?(?=$|[\s"';,)])/gm;

const noPlainSecret = resourceRule({
  name: "no-plain-secret",
  title: "No secret in plain text, in arguments or in the environment",
  severity: "critical",
  level: "mandatory",
  reason:
    "whoever may list pods reads their environment and arguments, and whoever has the node reads them in /proc; ConfigMaps are no secrets",
  remediation: "put the value into a Secret and mount it as a file",
  covers: (resource) => runsPods(resource) || kubernetesKind(resource) === "ConfigMap",
  *judge(resource) {
    const pod = podOf(resource);
    if (pod !== undefined) {
      yield* eachContainer(pod, function* ({ name, spec }) {
        for (const message of judgeContainer(spec)) yield `container ${name} has ${message}`;
      });
    }
    if (kubernetesKind(resource) !== "ConfigMap") return;
    for (const { key, text } of textsOf(resource)) {
      const found = secretIn(text);
      if (found !== undefined) yield `has ${found} in ${key}`;
    }
  },
});

function* judgeContainer(spec: unknown): Generator<string> {
  yield* each(itemsOf(at(spec, "env")), function* (variable): Generator<string> {
    const name = textOf(at(variable, "name")) ?? "";
    const value = textOf(at(variable, "value")) ?? "";
    const form = formOf(value);
    if (secretName.test(name) && value !== "" && !value.startsWith("$("))
      yield `a secret in the variable ${name}`;
    else if (form !== undefined) yield `${form} in the variable ${name}`;
  });
  for (const list of ["command", "args"] as const) {
    yield* each(itemsOf(at(spec, list)), function* (argument): Generator<string> {
      const found = secretIn(textOf(argument) ?? "");
      if (found !== undefined) yield `${found} in its ${list}`;
    });
  }
}

function formOf(text: string): string | undefined {
  return secretForms.find(([form]) => form.test(text))?.[1];
}

function secretIn(text: string): string | undefined {
  const form = formOf(text);
  if (form !== undefined) return form;
  // A path is where the secret lies, and a bare word in code is a variable or a type.
  for (const [, name = "", value = ""] of text.matchAll(assignment))
    if (secretName.test(name) && !value.includes("/") && /\d/.test(value)) return `a secret (${name})`;
  return undefined;
}

const noCopiedSecret = stackRule({
  name: "no-copied-secret",
  title: "What a Secret holds is nowhere else in the stack",
  severity: "critical",
  level: "mandatory",
  reason: "a secret that is copied into a pod's environment or a ConfigMap is none any more",
  remediation: "refer to the Secret (secretKeyRef, a mounted file) where the value is needed",
  covers: (resource) => kubernetesKind(resource) === "Secret",
  *judge(resources): Generator<Finding> {
    const secrets = secretValues(resources);
    yield* each(resources, function* (resource): Generator<Finding> {
      for (const { text, where } of plainTexts(resource))
        for (const [value, from] of secrets)
          if (text.includes(value)) yield { message: `${where} has the value of ${from}`, at: resource };
    });
  },
});

const shortest = 12;

/** Values of Secrets' keys and of `name=value` lines in them, where they look like secrets; unknown ones are left out. */
function secretValues(resources: readonly Resource[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (value: string, from: string): void => {
    if (value.length >= shortest && !/\s/.test(value) && !found.has(value)) found.set(value, from);
  };
  for (const resource of resources) {
    if (kubernetesKind(resource) !== "Secret") continue;
    ifKnown(() => {
      for (const { key, text } of textsOf(resource)) {
        const from = `${objectName(resource)}/${key}`;
        if (secretName.test(key)) add(text.trim(), from);
        for (const [, name = "", value = ""] of text.matchAll(/^\s*([\w.-]+)\s*[=:]\s*(.+?)\s*$/gm))
          if (secretName.test(name)) add(value.replace(/^["']|["']$/g, ""), `${from} (${name})`);
      }
    });
  }
  return found;
}

function* plainTexts(resource: Resource): Generator<{ readonly text: string; readonly where: string }> {
  yield* eachContainer(podOf(resource), function* ({ name, spec }) {
    for (const list of ["command", "args"] as const)
      yield* each(itemsOf(at(spec, list)), function* (argument) {
        yield { text: textOf(argument) ?? "", where: `container ${name} (${list})` };
      });
    yield* each(itemsOf(at(spec, "env")), function* (variable) {
      const where = `container ${name} (variable ${String(at(variable, "name"))})`;
      yield { text: ifKnown(() => textOf(at(variable, "value"))) ?? "", where };
    });
  });
  if (kubernetesKind(resource) === "ConfigMap")
    for (const { key, text } of textsOf(resource)) yield { text, where: key };
  const annotations = at(resource.props, "metadata", "annotations");
  yield* each(keysOf(annotations), function* (key) {
    yield { text: textOf(at(annotations, key)) ?? "", where: `annotation ${key}` };
  });
}

export const secretRules: readonly Rule[] = [noPlainSecret, noCopiedSecret];
