import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { RecordBatchSchema, RecordHelloSchema, type RecordRequest, RecordRequestSchema } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { emptyColumns, readRecordMessage } from "../../src/ingest/record-message.ts";

const uint32 = fc.oneof(fc.nat({ max: 300 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const int53 = fc.oneof(fc.nat({ max: 300 }), fc.maxSafeNat());
const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.constant("/caf\u00e9/\u{1f600}"));
const column = <T>(of: fc.Arbitrary<T>) => fc.array(of, { maxLength: 5 });
const batchInit = fc.record(
  {
    number: int53.map(BigInt),
    strings: column(text),
    services: column(uint32),
    methods: column(fc.integer({ min: 0, max: 2 ** 31 - 1 })),
    paths: column(uint32),
    buckets: column(fc.maxSafeInteger().map((n) => BigInt(Math.trunc(n / 2)))),
    counts: column(int53.map(BigInt)),
    dropped: int53.map(BigInt),
  },
  { requiredKeys: [] },
);

function field(number: number, bytes: Uint8Array): Buffer {
  const length = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), bytes]);
}

// Fields that no message has, and columns of which each entry is a field of its own.
const loose = fc
  .constantFrom("f2ff01026162", "6800", "2803", "1801", "2064", "300f", "3807", "6d01020304", "")
  .map((hex) => Buffer.from(hex, "hex"));
const batchBytes = fc
  .tuple(loose, batchInit, loose)
  .map(([before, init, after]) =>
    Buffer.concat([before, toBinary(RecordBatchSchema, create(RecordBatchSchema, init)), after]),
  );
const helloBytes = fc
  .uint8Array({ maxLength: 20 })
  .map((clientId) => Buffer.from(toBinary(RecordHelloSchema, create(RecordHelloSchema, { clientId }))));
const unknown = fc.constantFrom("f2ff01026162", "6800", "").map((hex) => Buffer.from(hex, "hex"));
const wire = fc
  .array(
    fc.oneof(
      batchBytes.map((bytes) => field(2, bytes)),
      helloBytes.map((bytes) => field(1, bytes)),
      unknown,
    ),
    {
      maxLength: 4,
    },
  )
  .map((parts) => Buffer.concat(parts));

/** What protobuf-es has read, in the form of ours. */
function expected({ message }: RecordRequest) {
  if (message.case === undefined) return "empty";
  if (message.case === "hello") return Buffer.from(message.value.clientId).toString("hex");
  const { number, strings, services, methods, paths, buckets, counts, dropped } = message.value;
  return {
    number: Number(number),
    strings: strings.map((utf8) => Buffer.from(utf8).toString("latin1")),
    services,
    methods,
    paths,
    buckets: buckets.map(Number),
    counts: counts.map(Number),
    dropped: Number(dropped),
  };
}

function read(bytes: Buffer, columns = emptyColumns()) {
  const message = readRecordMessage(bytes, columns);
  if (message === "batch") return columns;
  return typeof message === "string" ? message : message.toString("hex");
}

describe("readRecordMessage", () => {
  test("reads what protobuf-es reads: in any order, in pieces, columns packed or not, and unknown fields", () => {
    const columns = emptyColumns();
    fc.assert(
      fc.property(wire, (bytes) => {
        expect(read(bytes, columns)).toEqual(expected(fromBinary(RecordRequestSchema, bytes)));
      }),
      { numRuns: 500 },
    );
  });

  test("finds a message malformed that is cut off where protobuf-es does", () => {
    fc.assert(
      fc.property(wire, fc.nat(), (bytes, length) => {
        const cut = bytes.subarray(0, length % (bytes.length + 1));
        let whole: unknown = "malformed";
        try {
          whole = expected(fromBinary(RecordRequestSchema, cut));
        } catch {
          // It does not decode.
        }
        expect(read(cut)).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  test("never throws, whatever the bytes are, and leaves nothing of the message before it", () => {
    const used = emptyColumns();
    readRecordMessage(Buffer.from("120a0803120161180120643801", "hex"), used);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(read(Buffer.from(bytes), used)).toEqual(read(Buffer.from(bytes)));
      }),
    );
  });

  test.each([
    ["a column that is longer than its batch", "12031a0501"],
    ["a number in a column that reaches beyond the column", "1206 1a0181 080104"],
    ["a varint of eleven bytes", "120c08ffffffffffffffffffff01"],
    ["field number 0", "0001"],
    ["a group", "0b0c"],
    ["wire type 6", "0e"],
  ])("finds %s malformed", (_, hex) => {
    expect(read(Buffer.from(hex.replaceAll(" ", ""), "hex"))).toBe("malformed");
  });
});
