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
  });

  test("are undefined when help is asked for", () => {
    expect(readOptions(["--help"])).toBeUndefined();
  });
});
