import { describe, expect, test } from "@jest/globals";
import { readOptions } from "../src/options.ts";

describe("the options of the bench", () => {
  test("choose groups and single measures, which run in the bench's order", () => {
    expect(readOptions(["--only", "list,add-flood,record"])?.only).toEqual([
      "record-few",
      "record-small",
      "add-flood",
      "list-year",
    ]);
    expect(readOptions(["--only", "record-small"])?.only).toEqual(["record-small"]);
  });

  test("name what they accept when a measure is not there", () => {
    expect(() => readOptions(["--only", "record,speed"])).toThrow(
      /^--only has "speed"; accepted are record \(record-few, /,
    );
  });

  test("say which number is wrong, and what is accepted", () => {
    expect(() => readOptions(["--clients", "0"])).toThrow('--clients is "0"; accepted are whole numbers from 1');
    expect(() => readOptions(["--rollup", "1500"])).toThrow("--rollup is 1500; accepted are multiples of 25000");
    expect(() => readOptions(["--rows", "20000,x"])).toThrow('--rows is "x"; accepted are whole numbers from 1');
    expect(() => readOptions(["--rows", "20000,9999"])).toThrow(
      "--rows has 9999; accepted are whole numbers from 10000",
    );
  });

  test("say how many rows are stored for the queries", () => {
    expect(readOptions([])?.rows).toEqual([100_000, 1_000_000, 10_000_000]);
    expect(readOptions(["--rows", "10000,20000"])?.rows).toEqual([10_000, 20_000]);
  });

  test("are undefined when help is asked for", () => {
    expect(readOptions(["--help"])).toBeUndefined();
  });
});
