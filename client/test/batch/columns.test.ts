import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { METHOD_NUMBERS, RecordBatchSchema, RecordRequestSchema } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type CountRow, encodeCounts } from "../../src/batch/encode-counts.ts";
import { batchRequest, helloRequest } from "../../src/batch/request-frame.ts";

const METHODS: readonly number[] = METHOD_NUMBERS;

const row: fc.Arbitrary<CountRow> = fc.record({
  service: fc.constantFrom("", "shop", "é".repeat(100)),
  method: fc.constantFrom(...METHOD_NUMBERS),
  path: fc.string({ unit: "binary", maxLength: 200 }),
  bucket: fc.integer({ min: -69_039_552, max: 281_558_111 }),
  count: fc.oneof(
    fc.integer({ min: 1, max: 300 }),
    fc.maxSafeInteger().map((count) => Math.abs(count) + 1),
  ),
});
const safeRow = row.filter(({ count }) => Number.isSafeInteger(count));

/** The same batch by protobuf-es. */
function byProtobufEs(rows: readonly CountRow[], number: number, dropped: number): Uint8Array {
  const strings: string[] = [];
  const indexOf = (text: string): number => {
    const at = strings.indexOf(text);
    return at >= 0 ? at : strings.push(text) - 1;
  };
  const pairs = rows.map(({ service, path }) => [indexOf(service), indexOf(path)] as const);
  const batch = create(RecordBatchSchema, {
    number: BigInt(number),
    strings,
    services: pairs.map(([service]) => service),
    methods: rows.map(({ method }) => METHOD_NUMBERS[METHODS.indexOf(method)]!),
    paths: pairs.map(([, path]) => path),
    buckets: rows.map(({ bucket }) => BigInt(bucket)),
    counts: rows.map(({ count }) => BigInt(count)),
    dropped: BigInt(dropped),
  });
  return toBinary(RecordRequestSchema, create(RecordRequestSchema, { message: { case: "batch", value: batch } }));
}

describe("a batch on the wire", () => {
  test("is what protobuf-es writes, byte for byte", () => {
    const number = fc.integer({ min: 1, max: 2 ** 40 });
    const dropped = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 40 }));
    fc.assert(
      fc.property(fc.array(safeRow, { maxLength: 40 }), number, dropped, (rows, n, lost) => {
        expect(Buffer.from(batchRequest(n, encodeCounts(rows), lost))).toEqual(
          Buffer.from(byProtobufEs(rows, n, lost)),
        );
      }),
      { numRuns: 300 },
    );
  });

  test("is the same for the same rows, and holds 1,000 of them", () => {
    const rows = Array.from({ length: 1_000 }, (_, i) => ({
      service: "shop",
      method: 3,
      path: `/${i}`,
      bucket: 1_995_024,
      count: i + 1,
    }));
    const sealed = encodeCounts(rows);
    expect(sealed).toEqual(encodeCounts(rows));
    expect(sealed.requests).toBe(500_500);
    expect(() => encodeCounts([...rows, ...rows])).toThrow("a batch of 2000 rows is over 1000");
  });

  test("refuses what cannot be encoded, naming it", () => {
    const good = { service: "", method: 3, path: "/", bucket: 0, count: 1 };
    expect(() => encodeCounts([{ ...good, method: 42 }])).toThrow("method 42 is not in Method");
    expect(() => encodeCounts([{ ...good, bucket: 1e9 }])).toThrow("bucket 1000000000 is not in the years 1 to 9999");
    expect(() => encodeCounts([{ ...good, count: 0 }])).toThrow("count 0 is not a whole number of at least 1");
  });
});

describe("a hello on the wire", () => {
  test("is what protobuf-es reads", () => {
    const clientId = Uint8Array.from({ length: 16 }, (_, i) => i);
    expect(fromBinary(RecordRequestSchema, helloRequest(clientId)).message).toMatchObject({
      case: "hello",
      value: { clientId: Buffer.from(clientId) },
    });
  });
});
