import { create } from "@bufbuild/protobuf";
import { describe, expect, test } from "@jest/globals";
import {
  AddRequestSchema,
  CountDailyTotalsRequestSchema,
  CountService,
  countService,
  Method,
  serviceDefinition,
} from "../src/index.ts";

describe("countService", () => {
  test("has every call under its local name, with its path and its streams", () => {
    const calls = Object.entries(serviceDefinition(CountService)).map(
      ([name, { path, requestStream, responseStream, originalName }]) => [
        name,
        path,
        requestStream,
        responseStream,
        originalName,
      ],
    );
    expect(calls).toEqual([
      ["add", "/count.v1.CountService/Add", true, false, "add"],
      ["countDailyTotals", "/count.v1.CountService/CountDailyTotals", false, false, "countDailyTotals"],
      ["listDailyTotals", "/count.v1.CountService/ListDailyTotals", false, false, "listDailyTotals"],
      ["getPeriodTotals", "/count.v1.CountService/GetPeriodTotals", false, false, "getPeriodTotals"],
      ["record", "/count.v1.CountService/Record", true, true, "record"],
      ["queryTotals", "/count.v1.CountService/QueryTotals", false, false, "queryTotals"],
      ["removeExpired", "/count.v1.CountService/RemoveExpired", false, false, "removeExpired"],
      ["listPathRules", "/count.v1.CountService/ListPathRules", false, false, "listPathRules"],
      ["setPathRules", "/count.v1.CountService/SetPathRules", false, false, "setPathRules"],
    ]);
  });

  test("serializes to a Buffer, which is all that grpc-js can write", () => {
    const request = create(AddRequestSchema, { method: Method.GET, path: "/" });
    const bytes = countService.add.requestSerialize(request);
    expect(Buffer.isBuffer(bytes)).toBe(true);
    expect(bytes.toString("hex")).toBe("080312012f");
  });

  test("serializes an empty message to no bytes", () => {
    expect(countService.countDailyTotals.requestSerialize(create(CountDailyTotalsRequestSchema))).toHaveLength(0);
  });

  test("reads back what it wrote", () => {
    const request = create(AddRequestSchema, {
      method: Method.GRPC,
      path: "/a.B/C",
      requestTimestamp: { seconds: -62_135_596_800n, nanos: 999_999_999 },
      service: "billing",
    });
    expect(countService.add.requestDeserialize(countService.add.requestSerialize(request))).toEqual(request);
  });

  test("throws on bytes that are not a message", () => {
    expect(() => countService.add.requestDeserialize(Buffer.from("12ff", "hex"))).toThrow();
    expect(() => countService.add.requestDeserialize(Buffer.from("120180", "hex"))).toThrow();
  });
});
