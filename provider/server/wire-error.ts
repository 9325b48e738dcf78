import grpc from "@grpc/grpc-js";
import providerPb from "@pulumi/pulumi/proto/provider_pb.js";
import statusPb from "@pulumi/pulumi/proto/status_pb.js";
import anyPb from "google-protobuf/google/protobuf/any_pb.js";
import { describeError, PartialFailure } from "./errors.ts";
import { toStruct } from "./marshal.ts";
import type { PlainMap, ValueMap } from "./value.ts";

/** What grpc-js takes as the error of a call. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly metadata?: grpc.Metadata;
}

/** Translates an error for the engine; `mark` wraps a partial failure's secrets before they leave. */
export function toWireError(error: unknown, mark: (outputs: PlainMap) => ValueMap): WireError {
  const message = describeError(error);
  if (!(error instanceof PartialFailure)) return { code: grpc.status.UNKNOWN, message };

  const detail = new providerPb.ErrorResourceInitFailed();
  detail.setId(error.id);
  detail.setProperties(toStruct(mark(error.outputs)));
  detail.setReasonsList([message]);
  const packed = new anyPb.Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusPb.Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(packed);
  // grpc-js has no notion of error details; this header is how the other side looks for them.
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, message, metadata };
}
