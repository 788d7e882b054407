import { once } from "node:events";
import { connect, constants } from "node:http2";
import { addPath } from "./count-calls.ts";

const PREFIX_BYTES = 5;

/**
 * Sends all messages of an `Add` stream in one write: grpc-js needs a turn of the event loop for each.
 *
 * @returns `grpc-status` and `grpc-message` of the answer.
 */
export async function rawAdd(port: number, messages: readonly Buffer[]): Promise<string> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: "POST",
      [constants.HTTP2_HEADER_PATH]: addPath,
      "content-type": "application/grpc",
      te: "trailers",
    });
    const trailers = once(stream, "trailers") as Promise<[Record<string, string>]>;
    stream.resume();
    const frames = messages.flatMap((message) => {
      const prefix = Buffer.alloc(PREFIX_BYTES);
      prefix.writeUInt32BE(message.length, 1);
      return [prefix, message];
    });
    stream.end(Buffer.concat(frames));
    const [{ "grpc-status": status, "grpc-message": message }] = await trailers;
    return `${status} ${message ?? ""}`.trim();
  } finally {
    session.destroy();
  }
}
