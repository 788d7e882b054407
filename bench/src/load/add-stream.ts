import { countService } from "@count/proto";
import type { Client } from "@grpc/grpc-js";

const identity = (bytes: Buffer): Buffer => bytes;

/**
 * One Add stream of encoded messages, taken in turn from a list, as fast as the server reads: writing stops while grpc-js
 * says that its buffer is full.
 *
 * @param first where in the list to begin
 * @throws ServiceError
 */
export function addStream(client: Client, messages: readonly Buffer[], first: number, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = client.makeClientStreamRequest(countService.add.path, identity, identity, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
    let written = 0;
    const write = (): void => {
      while (written < count) {
        const message = messages[(first + written) % messages.length]!;
        written += 1;
        if (!call.write(message)) {
          // After a failure "drain" does not come, and the answer is the error.
          call.once("drain", write);
          return;
        }
      }
      call.end();
    };
    write();
  });
}
