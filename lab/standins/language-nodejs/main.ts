// Stand-in for Pulumi's Node language host: the lab's alone.
import grpc from "@grpc/grpc-js";
import languageGrpc from "@pulumi/pulumi/proto/language_grpc_pb.js";
import { exitWithParent, listen } from "../../../provider/server/serve.ts";
import { createLanguageHost } from "./host.ts";

const engineAddress = process.argv.slice(2).findLast((arg) => !arg.startsWith("-")) ?? "";
const server = new grpc.Server();
server.addService(languageGrpc.LanguageRuntimeService, createLanguageHost(engineAddress));
await listen(server);
exitWithParent();
