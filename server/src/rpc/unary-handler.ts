import type { handleUnaryCall } from "@grpc/grpc-js";
import { CountError } from "../domain/count-error.ts";
import { allowedServices } from "./caller.ts";
import { toServiceError } from "./status.ts";

/**
 * A grpc-js handler of an async function that returns the encoded response.
 *
 * The signal is aborted when the caller cancels, its deadline passes or its connection breaks. What is thrown becomes the
 * call's status. `services` are those that the caller may look at; undefined: all. The service definition must send the response as it is (an identity as `responseSerialize`).
 */
export function unaryHandler<Request>(
  answer: (request: Request, signal: AbortSignal, services: ReadonlySet<string> | undefined) => Promise<Buffer>,
): handleUnaryCall<Request, Buffer> {
  return (call, callback) => {
    const abort = new AbortController();
    call.on("cancelled", () => abort.abort(new CountError("cancelled", "the caller stopped waiting")));
    answer(call.request, abort.signal, allowedServices(call)).then(
      (response) => callback(null, response),
      (error: unknown) => callback(toServiceError(error)),
    );
  };
}
