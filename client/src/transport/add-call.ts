import { countService } from "@count/proto";
import { type Client, type Metadata, status } from "@grpc/grpc-js";
import type { CallStatus } from "./transport.ts";

const { path, responseDeserialize } = countService.add;

/** The original server inserts message by message, at some 4,000 a second. */
const DEADLINE_MS = 60_000;

/** Calls Add on a channel that is ready, as fast as the server reads. Resolves with how it ended. */
export function addCall(
  client: Client,
  metadata: Metadata,
  requests: Iterable<Buffer>,
  signal: AbortSignal,
): Promise<CallStatus> {
  return new Promise((resolve) => {
    const call = client.makeClientStreamRequest(
      path,
      (request: Buffer) => request,
      responseDeserialize,
      metadata,
      (error) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", cancel);
        resolve({
          code: error === null ? status.OK : error.code,
          details: error === null ? "" : `${status[error.code]}: ${error.details}`,
        });
      },
    );
    const cancel = (): void => call.cancel();
    const timer = setTimeout(cancel, DEADLINE_MS).unref();
    signal.addEventListener("abort", cancel, { once: true });
    const iterator = requests[Symbol.iterator]();
    const pump = (): void => {
      for (;;) {
        const next = iterator.next();
        if (next.done === true) {
          call.off("drain", pump);
          call.end();
          return;
        }
        if (!call.write(next.value)) return;
      }
    };
    call.on("drain", pump);
    pump();
  });
}
