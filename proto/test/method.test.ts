import { describe, expect, test } from "@jest/globals";
import { METHOD_NUMBERS, Method, methodFromName, methodName } from "../src/index.ts";

/** The numbers are the wire's and stored in databases: they never change. */
const NUMBERS = [
  ["METHOD_UNSPECIFIED", 0],
  ["CONNECT", 1],
  ["DELETE", 2],
  ["GET", 3],
  ["HEAD", 4],
  ["OPTIONS", 5],
  ["POST", 6],
  ["PUT", 7],
  ["TRACE", 8],
  ["PATCH", 9],
  ["OTHER", 10],
  ["GRPC", 100],
] as const;

describe("Method", () => {
  test("has the numbers of the original protocol, and PATCH and OTHER", () => {
    expect(METHOD_NUMBERS).toEqual(NUMBERS.map(([, number]) => number));
  });

  test.each(NUMBERS)("%s is %d both ways", (name, number) => {
    expect(methodName(number)).toBe(name);
    expect(methodFromName(name)).toBe(number);
  });

  test.each([-1, 11, 99, 101, 2 ** 31 - 1, 0.5, Number.NaN])("%d has no name", (number) => {
    expect(methodName(number)).toBeUndefined();
  });

  test.each(["PROPFIND", "get", "Get", "GET ", "", "QUERY", "toString", "__proto__"])(
    "%j is a method that the enum does not define",
    (name) => {
      expect(methodFromName(name)).toBe(Method.OTHER);
    },
  );
});
