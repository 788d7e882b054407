import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";

/** A service that a gRPC server can take in. */
export interface GrpcService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
  /** Ends the calls that would go on for as long as their client likes; called once a server drains. */
  end?(): void;
}
