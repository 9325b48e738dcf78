import grpc from "@grpc/grpc-js";
import engineGrpc from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import enginePb from "@pulumi/pulumi/proto/engine_pb.js";

/**
 * Lines for the person at the terminal. The engine hides whatever a resource plugin prints, so they
 * go through its own log call.
 */
export class EngineLog {
  #client: InstanceType<typeof engineGrpc.EngineClient> | undefined;

  connect(address: string): void {
    if (address === "" || this.#client !== undefined) return;
    this.#client = new engineGrpc.EngineClient(address, grpc.credentials.createInsecure());
  }

  write(severity: "info" | "warning", urn: string, message: string): void {
    const request = new enginePb.LogRequest();
    request.setSeverity(severity === "warning" ? enginePb.LogSeverity.WARNING : enginePb.LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(message);
    // A lost line must not fail the operation it belongs to.
    this.#client?.log(request, (error: Error | null) => {
      if (error !== null) process.stderr.write(`cannot reach the engine's log: ${error.message}\n`);
    });
  }
}
