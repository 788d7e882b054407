import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "@jest/globals";
import {
  AddRequestSchema,
  AddResponseSchema,
  CountDailyTotalsRequestSchema,
  CountDailyTotalsResponseSchema,
  GetPeriodTotalsRequestSchema,
  GetPeriodTotalsResponseSchema,
  ListDailyTotalsRequestSchema,
  ListDailyTotalsResponseSchema,
  Method,
  MethodCountSchema,
} from "../src/index.ts";

/**
 * The bytes are written by hand after the definition of the original protocol, field by field, so that they do not depend
 * on this repository's proto file.
 */
function hex(...parts: string[]): Buffer {
  return Buffer.from(parts.join("").replaceAll(" ", ""), "hex");
}

// google.type.Date { year=1: 2026, month=2: 11, day=3: 24 } and its parts.
const DATE = "08 ea0f 10 0b 18 18";
const MONTH = "08 ea0f 10 0b";
const YEAR = "08 ea0f";

// MethodCount { method=1: GRPC, path=2: "/a.B/C", count=3: 300, date=4 }.
const COUNT = `08 64 12 06 2f612e422f43 18 ac02 22 07 ${DATE}`;
const COUNT_WITHOUT_DATE = "08 64 12 06 2f612e422f43 18 ac02";
const date = { year: 2026, month: 11, day: 24 };
const methodCount = { method: Method.GRPC, path: "/a.B/C", count: 300n };

function expectBoth<Desc extends DescMessage>(schema: Desc, bytes: Buffer, message: MessageInitShape<Desc>): void {
  expect(fromBinary(schema, bytes)).toEqual(create(schema, message));
  expect(Buffer.from(toBinary(schema, create(schema, message))).toString("hex")).toBe(bytes.toString("hex"));
}

describe("messages of the original protocol are read and written as it does", () => {
  test("AddRequest", () => {
    // 2026-11-24T00:00:00.000001Z
    const bytes = hex("08 03", "12 06 2f7573657273", "1a 09 08 80a793d806 10 e807");
    expectBoth(AddRequestSchema, bytes, {
      method: Method.GET,
      path: "/users",
      requestTimestamp: { seconds: 1_795_478_400n, nanos: 1000 },
    });
  });

  test("AddRequest before 1970: seconds are a negative int64 of ten bytes", () => {
    expectBoth(AddRequestSchema, hex("12 01 2f", "1a 0b 08 ffffffffffffffffff01"), {
      path: "/",
      requestTimestamp: { seconds: -1n },
    });
  });

  test("AddRequest of METHOD_UNSPECIFIED has no method on the wire", () => {
    expectBoth(AddRequestSchema, hex("12 01 2f"), { method: Method.METHOD_UNSPECIFIED, path: "/" });
    expect(fromBinary(AddRequestSchema, hex("08 00 12 01 2f"))).toEqual(create(AddRequestSchema, { path: "/" }));
  });

  test("AddResponse", () => {
    expectBoth(AddResponseSchema, hex(""), {});
  });

  test("CountDailyTotalsRequest of a day, a month and a year", () => {
    expectBoth(CountDailyTotalsRequestSchema, hex("0a 07", DATE), { date });
    expectBoth(CountDailyTotalsRequestSchema, hex("0a 05", MONTH), { date: { year: 2026, month: 11 } });
    expectBoth(CountDailyTotalsRequestSchema, hex("0a 03", YEAR), { date: { year: 2026 } });
    expectBoth(CountDailyTotalsRequestSchema, hex(""), {});
  });

  test("CountDailyTotalsResponse", () => {
    expectBoth(CountDailyTotalsResponseSchema, hex("0a 16", COUNT, "0a 0d", COUNT_WITHOUT_DATE), {
      methodCounts: [{ ...methodCount, date }, methodCount],
    });
  });

  test("ListDailyTotalsRequest and its response", () => {
    expectBoth(ListDailyTotalsRequestSchema, hex("0a 07", DATE, "12 05", MONTH), {
      startDate: date,
      endDate: { year: 2026, month: 11 },
    });
    expectBoth(ListDailyTotalsResponseSchema, hex("0a 16", COUNT), { methodCounts: [{ ...methodCount, date }] });
  });

  test("GetPeriodTotalsRequest and its response", () => {
    expectBoth(GetPeriodTotalsRequestSchema, hex("0a 03", YEAR), { period: { year: 2026 } });
    expectBoth(GetPeriodTotalsResponseSchema, hex("0a 0d", COUNT_WITHOUT_DATE), { methodCounts: [methodCount] });
  });

  test("a count beyond 2^53 is exact", () => {
    expectBoth(MethodCountSchema, hex("18 ffffffffffffffff7f"), { count: 2n ** 63n - 1n });
    expectBoth(MethodCountSchema, hex("18 8180808080808010"), { count: 2n ** 53n + 1n });
  });
});

describe("what was added", () => {
  test("has the field numbers that older peers skip", () => {
    expectBoth(AddRequestSchema, hex("12 01 2f", "22 03 737663"), { path: "/", service: "svc" });
    expectBoth(MethodCountSchema, hex("08 09", "12 01 2f", "18 01", "2a 03 737663"), {
      method: Method.PATCH,
      path: "/",
      count: 1n,
      service: "svc",
    });
    expectBoth(ListDailyTotalsRequestSchema, hex("18 01"), { includePending: true });
    expectBoth(GetPeriodTotalsRequestSchema, hex("10 01"), { includePending: true });
  });

  test("keeps what a newer peer has added: an unknown field and an unknown method", () => {
    // Field 15, length 2; method 77.
    const bytes = hex("08 4d", "12 01 2f", "7a 02 abcd");
    const message = fromBinary(AddRequestSchema, bytes);
    expect(message.method).toBe(77);
    expect(Buffer.from(toBinary(AddRequestSchema, message)).toString("hex")).toBe(bytes.toString("hex"));
  });
});
