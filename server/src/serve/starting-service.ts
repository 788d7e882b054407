import type { EventEmitter } from "node:events";
import { countService } from "@count/proto";
import { type ServiceDefinition, type sendUnaryData, status, type UntypedServiceImplementation } from "@grpc/grpc-js";
import type { GrpcService } from "../rpc/grpc-service.ts";

/**
 * Stands in for the count service until there is a database: UNAVAILABLE, so that clients try again. Without it grpc-js
 * would answer UNIMPLEMENTED, which clients take for good.
 */
export function startingService(reasons: () => readonly string[]): GrpcService {
  const definition: ServiceDefinition = countService;
  const error = () => ({ code: status.UNAVAILABLE, details: reasons().join("; ") });
  const answered = (_call: unknown, callback: sendUnaryData<unknown>) => callback(error());
  const streamed = (call: EventEmitter) => void call.emit("error", error());
  const implementation: UntypedServiceImplementation = {};
  for (const [name, { responseStream }] of Object.entries(definition)) {
    implementation[name] = responseStream ? streamed : answered;
  }
  return { definition, implementation };
}
