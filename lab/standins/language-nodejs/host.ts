// Stand-in for Pulumi's Node language host: the lab's alone.
import type grpc from "@grpc/grpc-js";
import type {
  GetProgramDependenciesRequest,
  GetRequiredPackagesRequest,
  GetRequiredPluginsRequest,
  ProgramInfo,
  RunPluginRequest,
  RunRequest,
} from "@pulumi/pulumi/proto/language_pb.js";
import languagePb from "@pulumi/pulumi/proto/language_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { fromStruct } from "../../../provider/server/marshal.ts";
import { unary } from "../../../provider/server/service.ts";
import { STAND_IN_MARK } from "../version.ts";
import { readDependencies } from "./dependencies.ts";
import { findRunner, startNode, stopAll, waitFor } from "./program.ts";

/** The CLI's version, with the mark that a production run refuses to work with. */
const VERSION = `3.274.1+${STAND_IN_MARK}`;

/** The calls of the language protocol that previews, ups and policy packs make. */
export function createLanguageHost(engineAddress: string): grpc.UntypedServiceImplementation {
  return {
    handshake: unary(() => new languagePb.LanguageHandshakeResponse()),
    getPluginInfo: unary(() => {
      const info = new pluginPb.PluginInfo();
      info.setVersion(VERSION);
      return info;
    }),
    about: unary(() => {
      const about = new languagePb.AboutResponse();
      about.setExecutable(process.execPath);
      about.setVersion(process.version);
      return about;
    }),
    getRequiredPlugins: unary(async (request: GetRequiredPluginsRequest) => {
      const response = new languagePb.GetRequiredPluginsResponse();
      for (const { plugin } of await readDependencies(programDirectory(request.getInfo()))) {
        if (plugin === undefined) continue;
        const dependency = new pluginPb.PluginDependency();
        dependency.setName(plugin.name);
        dependency.setKind("resource");
        dependency.setVersion(plugin.version);
        dependency.setServer(plugin.server);
        response.addPlugins(dependency);
      }
      return response;
    }),
    getRequiredPackages: unary(async (request: GetRequiredPackagesRequest) => {
      const response = new languagePb.GetRequiredPackagesResponse();
      for (const { plugin } of await readDependencies(programDirectory(request.getInfo()))) {
        if (plugin === undefined) continue;
        const dependency = new pluginPb.PackageDependency();
        dependency.setName(plugin.name);
        dependency.setKind("resource");
        dependency.setVersion(plugin.version);
        dependency.setServer(plugin.server);
        response.addPackages(dependency);
      }
      return response;
    }),
    getProgramDependencies: unary(async (request: GetProgramDependenciesRequest) => {
      const response = new languagePb.GetProgramDependenciesResponse();
      for (const { name, version } of await readDependencies(programDirectory(request.getInfo()))) {
        const dependency = new languagePb.DependencyInfo();
        dependency.setName(name);
        dependency.setVersion(version);
        response.addDependencies(dependency);
      }
      return response;
    }),
    // The packages are installed by the launcher; a second installer would only race it.
    installDependencies: (call: grpc.ServerWritableStream<unknown, unknown>) => call.end(),
    runtimeOptionsPrompts: unary(() => new languagePb.RuntimeOptionsResponse()),
    run: unary((request: RunRequest) => runProgram(request, engineAddress)),
    runPlugin: (call: grpc.ServerWritableStream<RunPluginRequest, unknown>) => runPlugin(call, engineAddress),
    cancel: unary(() => {
      stopAll();
      return new emptyPb.Empty();
    }),
  };
}

async function runProgram(
  request: RunRequest,
  engineAddress: string,
): Promise<InstanceType<typeof languagePb.RunResponse>> {
  const info = request.getInfo();
  const flags: Record<string, string> = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress,
    project: request.getProject(),
    organization: request.getOrganization(),
    "root-directory": info?.getRootDirectory() ?? "",
    stack: request.getStack(),
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
  };
  const options = fromStruct(info?.getOptions());
  const child = startNode({
    args: [
      ...(typeof options.nodeargs === "string" ? options.nodeargs.split(" ") : []),
      findRunner(programDirectory(info), "run"),
      ...Object.entries(flags)
        .filter(([, value]) => value !== "")
        .map(([name, value]) => `--${name}=${value}`),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      info?.getEntryPoint() || ".",
      ...request.getArgsList(),
    ],
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject())),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      // The SDK would load ts-node for anything but this; Node strips the types itself.
      PULUMI_NODEJS_TYPESCRIPT: options.typescript === false ? "false" : "true",
    },
    cwd: request.getPwd(),
    stdio: "inherit",
  });
  const response = new languagePb.RunResponse();
  const outcome = await waitFor(child);
  if (outcome.kind === "shown") response.setBail(true);
  if (outcome.kind === "failed") response.setError(outcome.message);
  return response;
}

/** A plugin written in Node, a policy pack above all: its output goes back over the stream. */
function runPlugin(call: grpc.ServerWritableStream<RunPluginRequest, unknown>, engineAddress: string): void {
  const request = call.request;
  const directory = programDirectory(request.getInfo());
  const isPolicyPack = request.getKind() === "analyzer";
  const args = request.getArgsList();
  const runner = findRunner(directory, isPolicyPack ? "run-policy-pack" : "run-plugin");
  const child = startNode({
    // The two runners take the same two arguments in opposite order.
    args: isPolicyPack
      ? [runner, args.findLast((arg) => !arg.startsWith("-")) ?? engineAddress, directory]
      : [runner, directory, ...args],
    env: { ...process.env, ...Object.fromEntries(request.getEnvList().map(splitEntry)) },
    cwd: request.getPwd(),
    stdio: "pipe",
  });
  const send = (fill: (response: InstanceType<typeof languagePb.RunPluginResponse>) => void): void => {
    const response = new languagePb.RunPluginResponse();
    fill(response);
    call.write(response);
  };
  child.stdout?.on("data", (chunk: Buffer) => send((response) => response.setStdout(new Uint8Array(chunk))));
  child.stderr?.on("data", (chunk: Buffer) => send((response) => response.setStderr(new Uint8Array(chunk))));
  child.once("close", (status) => {
    send((response) => response.setExitcode(status ?? 1));
    call.end();
  });
  // The engine ends a plugin by closing the call.
  call.once("cancelled", () => child.kill("SIGTERM"));
}

function splitEntry(entry: string): readonly [string, string] {
  const index = entry.indexOf("=");
  return [entry.slice(0, index), entry.slice(index + 1)];
}

function programDirectory(info: ProgramInfo | undefined): string {
  return info?.getProgramDirectory() || process.cwd();
}
