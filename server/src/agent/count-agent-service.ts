import { countService } from "@count/proto";
import type { ServiceDefinition } from "@grpc/grpc-js";
import { addHandler } from "../rpc/add.ts";
import type { GrpcService } from "../rpc/grpc-service.ts";
import { recordHandler } from "../rpc/record.ts";
import type { Intake } from "./intake/intake.ts";

const asTheyAre = (bytes: Buffer): Buffer => bytes;

/** What an agent has of count.v1: it takes counts, and has no totals to tell. */
export function countAgentService(intake: Intake): GrpcService {
  const record = recordHandler(intake);
  const definition: ServiceDefinition = {
    add: { ...countService.add, requestDeserialize: asTheyAre },
    record: { ...countService.record, requestDeserialize: asTheyAre, responseSerialize: asTheyAre },
  };
  return { definition, implementation: { add: addHandler(intake.forAdd), record: record.handle }, end: record.end };
}
