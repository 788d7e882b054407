import { RefusalReason } from "@count/proto";
import { type Refusal, refusal } from "../domain/refusal.ts";
import { WireReader } from "./wire-reader.ts";

/** The fields of an AddRequest, as {@link readAddMessage} leaves them. Reused from message to message. */
export interface AddMessage {
  method: number;
  /** The bytes of the path and of the service, as Latin-1 strings. */
  path: string;
  service: string;
  /** Whole seconds since 1970-01-01T00:00:00Z, rounded down. NaN when there is no timestamp. */
  seconds: number;
}

/** Messages are read one at a time, without a pause in between. */
const reader = new WireReader();

/**
 * Reads an AddRequest without making a message object: fields in any order, unknown ones skipped, the last of a repeated one
 * wins, a Timestamp in several pieces is merged.
 *
 * protobuf-es takes 3 to 4 µs for the same; that is half of what a bare grpc-js stream costs per message.
 *
 * @returns undefined, or why it is not an AddRequest.
 */
export function readAddMessage(bytes: Buffer, into: AddMessage): Refusal | undefined {
  into.method = 0;
  into.path = "";
  into.service = "";
  into.seconds = Number.NaN;
  reader.open(bytes);
  const { end } = reader;
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x08) into.method = reader.enum();
    else if (tag === 0x12) into.path = reader.latin1();
    else if (tag === 0x22) into.service = reader.latin1();
    else if (tag === 0x1a) {
      if (!readTimestamp(into)) return MALFORMED;
    } else if (!reader.skip(tag)) return MALFORMED;
  }
  if (reader.at !== end) return MALFORMED;
  return Number.isNaN(into.seconds) ? MISSING_TIMESTAMP : undefined;
}

function readTimestamp(into: AddMessage): boolean {
  const end = reader.lengthDelimited();
  let seconds = Number.isNaN(into.seconds) ? 0 : into.seconds;
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x08) seconds = reader.int64();
    // Nanoseconds count from the second on, also before 1970: they never change which second it is.
    else if (!reader.skip(tag)) return false;
  }
  into.seconds = seconds;
  return reader.at === end && !Number.isNaN(seconds);
}

const MALFORMED = refusal(
  RefusalReason.BATCH_MALFORMED,
  "the message does not decode; accepted is count.v1.AddRequest",
);
const MISSING_TIMESTAMP = refusal(RefusalReason.TIMESTAMP_INVALID, "request_timestamp is missing; it is required");
