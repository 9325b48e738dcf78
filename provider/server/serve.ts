import grpc from "@grpc/grpc-js";
import providerGrpc from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { Provider } from "./provider.ts";
import { createService } from "./service.ts";

/** Serves a provider to the engine that started this process, until that engine ends. */
export async function serve<C>(provider: Provider<C>, args: readonly string[]): Promise<void> {
  // The engine puts its own address last, after flags of its own.
  const engineAddress = args.findLast((arg) => !arg.startsWith("-")) ?? "";
  const server = new grpc.Server({
    // A list of a thousand records is larger than gRPC's four megabytes.
    "grpc.max_receive_message_length": 400 * 1024 * 1024,
    "grpc.max_send_message_length": 400 * 1024 * 1024,
  });
  server.addService(providerGrpc.ResourceProviderService, createService(provider, engineAddress));
  await listen(server);
  exitWithParent();
}

/** Binds to a free port on loopback and tells the engine its number: the first line of stdout. */
export function listen(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
      if (error !== null) {
        reject(error);
        return;
      }
      process.stdout.write(`${port}\n`);
      resolve(port);
    });
  });
}

/**
 * An engine that is killed cannot end its plugins, and a drill kills engines on purpose. A process
 * whose parent is another one than at the start has been orphaned.
 */
export function exitWithParent(): void {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 500).unref();
}
