import { countService } from "@count/proto";
import type { Client } from "@grpc/grpc-js";

const identity = (bytes: Buffer): Buffer => bytes;

/** An Add stream of encoded messages whose writer does something else while there is no room. */
export interface OpenAddStream {
  readonly written: number;
  /** @returns false, and the message was not taken, while grpc-js has as much as it should */
  write(message: Buffer): boolean;
  /** Ends the stream and waits for the answer. @throws ServiceError */
  end(): Promise<void>;
}

export function openAddStream(client: Client): OpenAddStream {
  let settle: (error: Error | null) => void = () => undefined;
  const answered = new Promise<void>((resolve, reject) => {
    settle = (error) => {
      if (error === null) resolve();
      else reject(error);
    };
  });
  // Whoever ends the stream gets the error.
  answered.catch(() => undefined);
  const call = client.makeClientStreamRequest(countService.add.path, identity, identity, (error) => settle(error));
  let written = 0;
  let isFull = false;
  call.on("drain", () => {
    isFull = false;
  });
  return {
    get written() {
      return written;
    },
    write(message) {
      if (isFull) return false;
      isFull = !call.write(message);
      written += 1;
      return true;
    },
    end() {
      call.end();
      return answered;
    },
  };
}
