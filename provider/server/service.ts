import type grpc from "@grpc/grpc-js";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb.js";
import pluginPb from "@pulumi/pulumi/proto/plugin_pb.js";
import type {
  CheckRequest,
  ConfigureRequest,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  InvokeRequest,
  ProviderHandshakeRequest,
  ReadRequest,
  UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb.js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import emptyPb from "google-protobuf/google/protobuf/empty_pb.js";
import { EngineLog } from "./engine-log.ts";
import { type CheckFailure, ProviderError } from "./errors.ts";
import { fromStruct, toStruct } from "./marshal.ts";
import type { Caller, DiffAnswer, Provider } from "./provider.ts";
import type { PlainMap, ValueMap } from "./value.ts";
import { toWireError } from "./wire-error.ts";

/** The provider protocol of the engine over one `Provider`; calls not listed answer "unimplemented". */
export function createService<C>(
  provider: Provider<C>,
  engineAddress: string,
): grpc.UntypedServiceImplementation {
  const stop = new AbortController();
  const log = new EngineLog();
  log.connect(engineAddress);

  const callerOf = (request: { getUrn(): string; getType(): string }): Caller => {
    const urn = request.getUrn();
    return {
      urn,
      // Old engines leave the type out; in the URN the last part of the chain of parents' types is it.
      type: request.getType() || (urn.split("::")[2]?.split("$").at(-1) ?? ""),
      signal: stop.signal,
      log: (severity, message) => log.write(severity, urn, message),
    };
  };

  return {
    handshake: unary((request: ProviderHandshakeRequest) => {
      log.connect(request.getEngineAddress());
      const response = new providerPb.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      response.setAcceptResources(true);
      return response;
    }),
    attach: unary((request: PluginAttach) => {
      log.connect(request.getAddress());
      return new emptyPb.Empty();
    }),
    getPluginInfo: unary(() => {
      const info = new pluginPb.PluginInfo();
      info.setVersion(provider.version);
      return info;
    }),
    getSchema: unary(() => {
      const response = new providerPb.GetSchemaResponse();
      response.setSchema(describeSchema(provider));
      return response;
    }),
    checkConfig: unary((request: CheckRequest) =>
      toCheckResponse(provider.checkConfig(fromStruct(request.getNews()))),
    ),
    diffConfig: unary((request: DiffRequest) => {
      // The engine compares what was configured, not what the provider answered.
      const before = request.getOldInputs() ?? request.getOlds();
      return toDiffResponse(provider.diffConfig(fromStruct(before), fromStruct(request.getNews())));
    }),
    configure: unary((request: ConfigureRequest) => {
      provider.configure(fromStruct(request.getArgs()));
      const response = new providerPb.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setAcceptresources(true);
      response.setSupportspreview(true);
      return response;
    }),
    invoke: unary((request: InvokeRequest) => {
      throw new ProviderError(`${provider.name} ${provider.version} has no function ${request.getTok()}`);
    }),
    check: unary(async (request: CheckRequest) =>
      toCheckResponse(
        await provider.check(
          callerOf(request),
          fromStruct(request.getOlds()),
          fromStruct(request.getNews()),
          fromStruct(request.getOldOutputs()),
        ),
      ),
    ),
    diff: unary(async (request: DiffRequest) =>
      toDiffResponse(
        await provider.diff(
          callerOf(request),
          request.getId(),
          fromStruct(request.getOldInputs()),
          fromStruct(request.getOlds()),
          fromStruct(request.getNews()),
        ),
      ),
    ),
    create: unary(
      async (request: CreateRequest) => {
        const properties = fromStruct(request.getProperties());
        const { id, outputs } = await provider.create(callerOf(request), properties, request.getPreview());
        const response = new providerPb.CreateResponse();
        response.setId(id);
        response.setProperties(toStruct(outputs));
        return response;
      },
      (request, outputs) => provider.mark(callerOf(request), outputs, fromStruct(request.getProperties())),
    ),
    read: unary(async (request: ReadRequest) => {
      const found = await provider.read(
        callerOf(request),
        request.getId(),
        fromStruct(request.getInputs()),
        fromStruct(request.getProperties()),
      );
      const response = new providerPb.ReadResponse();
      // An empty id tells the engine that the resource is gone.
      if (found === undefined) return response;
      response.setId(found.id);
      response.setInputs(toStruct(found.inputs));
      response.setProperties(toStruct(found.outputs));
      return response;
    }),
    update: unary(
      async (request: UpdateRequest) => {
        const outputs = await provider.update(
          callerOf(request),
          request.getId(),
          fromStruct(request.getNews()),
          fromStruct(request.getOldInputs()),
          fromStruct(request.getOlds()),
          request.getPreview(),
        );
        const response = new providerPb.UpdateResponse();
        response.setProperties(toStruct(outputs));
        return response;
      },
      (request, outputs) => provider.mark(callerOf(request), outputs, fromStruct(request.getNews())),
    ),
    delete: unary(async (request: DeleteRequest) => {
      await provider.delete(
        callerOf(request),
        request.getId(),
        fromStruct(request.getOldInputs()),
        fromStruct(request.getProperties()),
      );
      return new emptyPb.Empty();
    }),
    cancel: unary(() => {
      stop.abort(new ProviderError("the operation was cancelled"));
      return new emptyPb.Empty();
    }),
  };
}

/** Makes a call out of a function; `mark` wraps the secrets of a partial failure. */
export function unary<Request, Response>(
  run: (request: Request) => Response | Promise<Response>,
  mark: (request: Request, outputs: PlainMap) => ValueMap = (_request, outputs) => outputs,
): grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve()
      .then(() => run(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(toWireError(error, (outputs) => mark(call.request, outputs))),
      );
  };
}

function toCheckResponse(outcome: {
  readonly inputs: ValueMap;
  readonly failures: readonly CheckFailure[];
}): InstanceType<typeof providerPb.CheckResponse> {
  const response = new providerPb.CheckResponse();
  response.setInputs(toStruct(outcome.inputs));
  for (const { property, reason } of outcome.failures) {
    const failure = new providerPb.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    response.addFailures(failure);
  }
  return response;
}

function toDiffResponse(answer: DiffAnswer): InstanceType<typeof providerPb.DiffResponse> {
  const { DiffChanges } = providerPb.DiffResponse;
  const response = new providerPb.DiffResponse();
  response.setChanges(answer.changes.length === 0 ? DiffChanges.DIFF_NONE : DiffChanges.DIFF_SOME);
  response.setReplacesList([...answer.replaces]);
  response.setDiffsList([...new Set(answer.changes.map((change) => change.path.split(/[.[]/u)[0] ?? ""))]);
  response.setHasdetaileddiff(true);
  for (const change of answer.changes) {
    const detail = new providerPb.PropertyDiff();
    detail.setKind(kindOf(change.kind, change.replace === true));
    detail.setInputdiff(change.input !== false);
    response.getDetaileddiffMap().set(change.path, detail);
  }
  return response;
}

function kindOf(kind: "add" | "delete" | "update", replace: boolean): providerPb.PropertyDiff.Kind {
  const { Kind } = providerPb.PropertyDiff;
  if (kind === "add") return replace ? Kind.ADD_REPLACE : Kind.ADD;
  if (kind === "delete") return replace ? Kind.DELETE_REPLACE : Kind.DELETE;
  return replace ? Kind.UPDATE_REPLACE : Kind.UPDATE;
}

/** Only the names: the typed classes are written by hand, so nothing is generated from this schema. */
function describeSchema<C>(provider: Provider<C>): string {
  return JSON.stringify({
    name: provider.name,
    version: provider.version,
    provider: {},
    resources: Object.fromEntries(provider.tokens.map((token) => [token, {}])),
  });
}
