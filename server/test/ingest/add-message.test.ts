import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { AddRequestSchema, RefusalReason } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type AddMessage, readAddMessage } from "../../src/ingest/add-message.ts";
import { addMessage, methodField } from "./ingest-support.ts";

const blank = (): AddMessage => ({ method: -7, path: "left over", service: "left over", seconds: 7 });
const MALFORMED = {
  reason: RefusalReason.BATCH_MALFORMED,
  message: "the message does not decode; accepted is count.v1.AddRequest",
};

/** A field by itself: AddRequest's, or one that it does not know. */
const seconds = fc.oneof(
  fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }),
  fc.constantFrom(-1n, 0n, 1n, -(2n ** 53n), 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n),
);
const timestamp = fc.record({ seconds, nanos: fc.integer({ min: 0, max: 999_999_999 }) });
const partOf = (init: Parameters<typeof create<typeof AddRequestSchema>>[1]) =>
  Buffer.from(toBinary(AddRequestSchema, create(AddRequestSchema, init)));
const unknown = fc
  .oneof(
    fc.constantFrom(
      "28808080808080808001",
      "2a03616263",
      "310102030405060708",
      "3d01020304",
      "f2ff0102" + "6162",
      "2800",
    ),
  )
  .map((hex) => Buffer.from(hex, "hex"));
const part = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((method) => Buffer.from(methodField(method))),
  fc.string({ unit: "grapheme" }).map((path) => partOf({ path })),
  fc.string({ unit: "binary" }).map((service) => partOf({ service: Buffer.from(service).toString() })),
  timestamp.map((requestTimestamp) => partOf({ requestTimestamp })),
  // One that says only its nanoseconds, or its seconds, or that has a field that it does not know.
  fc.integer({ min: 0, max: 999_999_999 }).map((nanos) => partOf({ requestTimestamp: { nanos } })),
  unknown.chain((more) =>
    timestamp.map((value) => {
      const inner = Buffer.concat([more, toBinary(TimestampSchema, create(TimestampSchema, value)), more]);
      return Buffer.concat([Buffer.from([0x1a, inner.length]), inner]);
    }),
  ),
  unknown,
);
const wire = fc.array(part, { maxLength: 8 }).map((parts) => Buffer.concat(parts));

describe("readAddMessage", () => {
  test("reads what protobuf-es reads: fields in any order, repeated, in pieces, and unknown ones", () => {
    fc.assert(
      fc.property(wire, (bytes) => {
        const expected = fromBinary(AddRequestSchema, bytes);
        const message = blank();
        const refused = readAddMessage(bytes, message);
        expect({
          method: message.method,
          path: Buffer.from(message.path, "latin1").toString(),
          service: Buffer.from(message.service, "latin1").toString(),
          seconds: message.seconds,
        }).toEqual({
          method: expected.method,
          path: expected.path,
          service: expected.service,
          seconds: expected.requestTimestamp ? Number(expected.requestTimestamp.seconds) : Number.NaN,
        });
        expect(refused?.message).toBe(
          expected.requestTimestamp ? undefined : "request_timestamp is missing; it is required",
        );
      }),
      { numRuns: 500 },
    );
  });

  test("refuses a message that is cut off where protobuf-es does", () => {
    fc.assert(
      fc.property(wire, fc.nat(), (bytes, at) => {
        const cut = bytes.subarray(0, bytes.length === 0 ? 0 : at % bytes.length);
        let decodes = true;
        try {
          fromBinary(AddRequestSchema, cut);
        } catch {
          decodes = false;
        }
        const refused = readAddMessage(cut, blank());
        if (decodes) expect(refused).not.toEqual(MALFORMED);
        else expect(refused).toEqual(MALFORMED);
      }),
      { numRuns: 500 },
    );
  });

  test("never throws, whatever the bytes are, and leaves nothing of the message before it", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.tuple(wire, fc.uint8Array({ maxLength: 5 }), fc.nat(40)).map(([whole, noise, at]) => {
        const spoiled = Buffer.from(whole);
        spoiled.set(noise.subarray(0, Math.max(0, spoiled.length - at)), Math.min(at, spoiled.length));
        return spoiled;
      }),
    );
    fc.assert(
      fc.property(bytes, (bytes) => {
        const [one, two] = [blank(), { ...blank(), method: 1, path: "other" }];
        const refused = readAddMessage(Buffer.from(bytes), one);
        expect(readAddMessage(Buffer.from(bytes), two)).toEqual(refused);
        if (refused === undefined) expect(two).toEqual(one);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ["a varint of eleven bytes", "08ffffffffffffffffffff01"],
    ["field number 0", "0001"],
    ["a group", "2b2c"],
    ["wire type 6", "2e"],
    ["a string that is longer than the message", "120a2f"],
    ["a string of 2^64 - 1 bytes", "12ffffffffffffffffff01"],
    ["a timestamp whose field is longer than it is", "1a0108"],
    ["a timestamp that ends in the middle of a field", "1a0308808080"],
  ])("refuses %s", (_, hex) => {
    const message = Buffer.concat([addMessage(), Buffer.from(hex, "hex")]);
    expect(readAddMessage(message, blank())).toEqual(MALFORMED);
  });

  test.each([
    ["-1", "08ffffffffffffffffff01"],
    ["2^31", "088080808008"],
  ])("reads method %s as one that is unknown", (_, hex) => {
    const message = blank();
    expect(readAddMessage(Buffer.concat([addMessage(), Buffer.from(hex, "hex")]), message)).toBeUndefined();
    expect(message.method).toBe(-1);
  });
});
