import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import type { StackContract } from "../../contract/stack.ts";
import { planOffsite, planSite } from "../../plan/index.ts";
import { loadFile, type StackFile } from "../config/stack-files.ts";

/** One registration, as the engine would have got it. Secrets are kept wrapped: see `isSecret`. */
export interface Registered {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly parent: string;
  readonly dependencies: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly updateTimeout: string;
  readonly provider: string;
  readonly custom: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: what a test picks out of a resource's inputs has no type of its own
export type Value = any;

export interface TermState {
  readonly epoch: number;
  readonly activeSite: string;
  readonly sourceEpoch: number;
}

/** Public key only; its common name is what pgBackRest's server must admit. */
const certificate = readFileSync(new URL("fixtures/site.crt", import.meta.url), "utf8");
const secretSignature = "4dabf18193072939515e22adb298388d";

export function isSecret(value: Value): boolean {
  return typeof value === "object" && value !== null && secretSignature in value;
}

/** The value inside a secret; the value itself where it is none. */
export function reveal(value: Value): Value {
  return isSecret(value) ? value.value : value;
}

/** What the mocked engine needs of a request: the generated class has no import that is meant for programs. */
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getProvider(): string;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDependenciesList(): string[];
  getCustomtimeouts(): { getUpdate(): string } | undefined;
  getObject(): { toJavaScript(): Record<string, Value> };
}

interface Monitor {
  registerResource(
    request: Request,
    callback: (error: unknown, response: { getUrn(): string }) => void,
  ): void;
}

interface Deployed {
  readonly resources: readonly Registered[];
  readonly contract: StackContract;
}

const deployed = new Map<string, Promise<Deployed>>();

/** Registers a whole stack on a mocked engine and gives every registration, in order. The same one is made once. */
export function deploy(
  stack: StackFile,
  term: TermState = { epoch: 1, activeSite: "primary", sourceEpoch: 0 },
  changes: Readonly<Record<string, unknown>> = {},
  directory = ".",
): Promise<Deployed> {
  const key = JSON.stringify([stack, term, changes, directory]);
  const made = deployed.get(key) ?? deployNow(stack, term, changes, directory);
  deployed.set(key, made);
  return made;
}

async function deployNow(
  stack: StackFile,
  term: TermState,
  changes: Readonly<Record<string, unknown>>,
  directory: string,
): Promise<Deployed> {
  const resources: Registered[] = [];
  await pulumi.runtime.setMocks(mocksOf(term), "holdfast", stack, false);
  record(pulumi.runtime.getMonitor() as unknown as Monitor, resources);

  const readSecretFile = (path: string): string =>
    path.endsWith("tls.crt") ? certificate : `content of ${path}`;
  const name = changes["site.role"] === "rehearsal" ? "rehearsal" : stack;
  const { config, secrets: values } = loadFile(directory, name, changes, { readSecretFile });
  const secrets = ({ secret }: { readonly secret: string }) => pulumi.secret(values[secret] ?? "");
  const { makeStack } = await import("../../components/stack.ts");
  const plan = config.kind === "offsite" ? planOffsite(config) : planSite(config);
  const contract = await makeStack(plan, secrets);
  const value = await promiseOf(pulumi.output(contract));
  // Every registration must have ended, its urn known: a test that only instantiates sees nothing.
  await pulumi.runtime.disconnect();
  return { resources, contract: value };
}

export function one(resources: readonly Registered[], type: string, name?: string): Registered {
  const found = resources.filter(
    (resource) => resource.type === type && (name === undefined || resource.name === name),
  );
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const all = resources.map((resource) => `${resource.type} ${resource.name}`).join("\n");
    throw new Error(`${found.length} of ${type} ${name ?? ""} in\n${all}`);
  }
  return only;
}

function mocksOf(term: TermState): pulumi.runtime.Mocks {
  return {
    call: ({ token }) => {
      throw new Error(`a component called the function ${token}`);
    },
    newResource: ({ type, name, inputs }) => ({
      id: `${name}-id`,
      state: { ...inputs, ...outputsOf(type, name, term) },
    }),
  };
}

function outputsOf(
  type: string,
  name: string,
  { epoch, activeSite, sourceEpoch }: TermState,
): Record<string, Value> {
  const path = (of: number): string => (of === 0 ? "" : `/epochs/${of}`);
  switch (type) {
    case "holdfast:index:Term":
      return { epoch, activeSite, sourceEpoch, stanzaPath: path(epoch), sourcePath: path(sourceEpoch) };
    case "random:index/randomPassword:RandomPassword":
      return { result: pulumi.secret(`generated ${name}`) };
    default:
      return type.startsWith("aws:") ? { arn: `arn of ${name}`, keyId: `key of ${name}` } : {};
  }
}

function record(monitor: Monitor, into: Registered[]): void {
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) =>
    register(request, (error, response) => {
      if (error === null || error === undefined) {
        into.push({
          type: request.getType(),
          name: request.getName(),
          urn: response.getUrn(),
          inputs: request.getObject().toJavaScript(),
          parent: request.getParent(),
          dependencies: request.getDependenciesList(),
          protect: request.getProtect(),
          retainOnDelete: request.getRetainondelete(),
          updateTimeout: request.getCustomtimeouts()?.getUpdate() ?? "",
          provider: request.getProvider(),
          custom: request.getCustom(),
        });
      }
      callback(error, response);
    });
}

function promiseOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
