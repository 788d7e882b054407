import type { SealedBatch } from "./sealed-batch.ts";
import { varintLength, writeVarint } from "./varint.ts";

/** RecordRequest.hello and RecordHello.client_id, RecordRequest.batch, RecordBatch.number and RecordBatch.dropped. */
const HELLO = 0x0a;
const CLIENT_ID = 0x0a;
const BATCH = 0x12;
const NUMBER = 0x08;
const DROPPED = 0x40;

/** The encoded `RecordRequest` that names the sender. `clientId` is 16 bytes. */
export function helloRequest(clientId: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(HELLO, clientId.length + 2, CLIENT_ID, clientId.length), clientId]);
}

/**
 * The encoded `RecordRequest` of a batch, as a Buffer: grpc-js fails on a plain Uint8Array.
 *
 * @param dropped What this client id had dropped when the batch was sealed.
 */
export function batchRequest(number: number, batch: SealedBatch, dropped: number): Buffer {
  const { body } = batch;
  const droppedLength = dropped === 0 ? 0 : 1 + varintLength(dropped);
  const length = 1 + varintLength(number) + body.length + droppedLength;
  const request = Buffer.allocUnsafe(1 + varintLength(length) + length);
  request[0] = BATCH;
  let offset = writeVarint(request, 1, length);
  request[offset++] = NUMBER;
  offset = writeVarint(request, offset, number);
  request.set(body, offset);
  offset += body.length;
  if (dropped !== 0) {
    request[offset++] = DROPPED;
    writeVarint(request, offset, dropped);
  }
  return request;
}
