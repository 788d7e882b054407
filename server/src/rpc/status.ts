import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { CountError, type CountErrorCode } from "../domain/count-error.ts";

/** The gRPC status of each code: the only place where the two meet. */
const STATUS: Record<CountErrorCode, status> = {
  invalid: status.INVALID_ARGUMENT,
  "out-of-range": status.OUT_OF_RANGE,
  "not-found": status.NOT_FOUND,
  unavailable: status.UNAVAILABLE,
  precondition: status.FAILED_PRECONDITION,
  exhausted: status.RESOURCE_EXHAUSTED,
  cancelled: status.CANCELLED,
  timeout: status.DEADLINE_EXCEEDED,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  internal: status.INTERNAL,
};

/** Whatever was thrown, as the error that grpc-js sends. The cause stays here: only the message crosses the wire. */
export function toServiceError(error: unknown): ServiceError {
  const { code, message } = CountError.from(error);
  return Object.assign(new Error(message), { code: STATUS[code], details: message, metadata: new Metadata() });
}
