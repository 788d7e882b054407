import { countService, type RecordRequest, type RecordResponse } from "@count/proto";
import { type Client, Metadata, type ServiceError, type StatusObject, status } from "@grpc/grpc-js";

/**
 * Whether a server has `Record`, by a stream without a message, which counts nothing.
 *
 * @param timeoutMs until the answer.
 * @throws ServiceError when it does not answer, or with something else.
 */
export function offersRecord(client: Client, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  const { path, requestSerialize, responseDeserialize } = countService.record;
  return new Promise((resolve, reject) => {
    const options = { deadline: Date.now() + timeoutMs };
    const call = client.makeBidiStreamRequest<RecordRequest, RecordResponse>(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
      options,
    );
    const cancel = (): void => call.cancel();
    const over = (): void => signal.removeEventListener("abort", cancel);
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    call.on("status", ({ code }: StatusObject) => {
      over();
      if (code === status.OK) resolve(true);
    });
    // Of any status but OK.
    call.on("error", (error: ServiceError) => {
      over();
      if (error.code === status.UNIMPLEMENTED) resolve(false);
      else reject(error);
    });
    call.resume();
    call.end();
  });
}
