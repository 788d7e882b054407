import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { ServerDuplexStream } from "@grpc/grpc-js";

/** RecordResponse.last_number. */
const LAST_NUMBER = 1;

function answer(lastNumber: number): Buffer {
  return Buffer.from(new BinaryWriter().tag(LAST_NUMBER, WireType.Varint).uint64(lastNumber).finish());
}

/**
 * Record that answers for batches without looking at them: what comes within one turn of the event loop is acknowledged
 * together. A sender that comes again is known by its hello, of whatever content.
 */
export function recordHandler(onBatch: () => void) {
  const lastNumbers = new Map<string, number>();
  return (call: ServerDuplexStream<Buffer, Buffer>): void => {
    let sender: string | undefined;
    let lastNumber = 0;
    let isDue = false;
    call.on("data", (message: Buffer) => {
      if (sender === undefined) {
        sender = message.toString("latin1");
        lastNumber = lastNumbers.get(sender) ?? 0;
        call.write(answer(lastNumber));
        return;
      }
      onBatch();
      lastNumber += 1;
      if (isDue) return;
      isDue = true;
      setImmediate(() => {
        isDue = false;
        call.write(answer(lastNumber));
      });
    });
    call.on("end", () => {
      if (sender !== undefined) lastNumbers.set(sender, lastNumber);
      // After the acknowledgement that may be due.
      setImmediate(() => call.end());
    });
    call.on("error", () => undefined);
  };
}
