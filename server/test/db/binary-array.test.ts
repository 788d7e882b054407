import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { dateArray, int2Array, int8Array, textArray, uuidArray } from "../../src/db/binary-array.ts";
import { formatDay } from "../../src/domain/day.ts";
import { type TestDatabase, testDatabase } from "../support/database.ts";

const RUNS = { numRuns: 50 };
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;

describe("binary arrays", () => {
  let db: TestDatabase;

  beforeAll(async () => {
    db = await testDatabase({ migrated: false });
  });
  afterAll(() => db.close());

  /** What the server understood, as text. */
  async function echo(type: string, buffer: Buffer): Promise<string[]> {
    const text = `select coalesce(array_agg(e::text order by n), '{}') as items
      from unnest($1::${type}[]) with ordinality as u(e, n)`;
    const [row] = await db.database.run<{ items: string[] }>({ name: `echo-${type}`, text }, [buffer]);
    return row?.items ?? [];
  }

  test("the server reads the numbers that were written as bigint[], at both ends and around 2^32", async () => {
    const values = [0, 1, -1, 2 ** 32, -(2 ** 32), 2 ** 32 - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const bigints = [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)];
    expect(await echo("bigint", int8Array([...values, ...bigints]))).toEqual([...values, ...bigints].map(String));
  });

  test("the server reads any bigint[]", async () => {
    const number = fc.oneof(fc.maxSafeInteger(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    await fc.assert(
      fc.asyncProperty(fc.array(number), async (values) => {
        expect(await echo("bigint", int8Array(values))).toEqual(values.map(String));
      }),
      RUNS,
    );
  });

  test("the server reads typed arrays", async () => {
    expect(await echo("bigint", int8Array(Float64Array.of(1, -2)))).toEqual(["1", "-2"]);
    expect(await echo("bigint", int8Array(BigInt64Array.of(1n, -2n)))).toEqual(["1", "-2"]);
    expect(await echo("smallint", int2Array(Uint8Array.of(0, 95)))).toEqual(["0", "95"]);
  });

  test("the server reads any smallint[]", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -32_768, max: 32_767 })), async (values) => {
        expect(await echo("smallint", int2Array(values))).toEqual(values.map(String));
      }),
      RUNS,
    );
  });

  test("the server reads any date[] of the years 1 to 9999", async () => {
    const day = fc.integer({ min: FIRST_DAY, max: LAST_DAY });
    await fc.assert(
      fc.asyncProperty(fc.array(day), async (days) => {
        const all = [...days, FIRST_DAY, -1, 0, LAST_DAY];
        expect(await echo("date", dateArray(all))).toEqual(all.map(formatDay));
      }),
      RUNS,
    );
  });

  test("the server reads any uuid[], with and without hyphens", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uuid()), async (values) => {
        expect(await echo("uuid", uuidArray(values))).toEqual(values);
        expect(await echo("uuid", uuidArray(values.map((value) => value.replaceAll("-", "").toUpperCase())))).toEqual(
          values,
        );
      }),
      RUNS,
    );
  });

  test("the server reads any text[]: empty, quoted, NULL as a word, and characters of four bytes", async () => {
    const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0"));
    await fc.assert(
      fc.asyncProperty(fc.array(text), async (values) => {
        const all = [...values, "", "NULL", '"', "\\", "{,}", "😀é"];
        expect(await echo("text", textArray(all))).toEqual(all);
      }),
      RUNS,
    );
  });

  test("the server stores empty arrays of every type", async () => {
    expect(await echo("bigint", int8Array([]))).toEqual([]);
    expect(await echo("smallint", int2Array([]))).toEqual([]);
    expect(await echo("date", dateArray([]))).toEqual([]);
    expect(await echo("uuid", uuidArray([]))).toEqual([]);
    expect(await echo("text", textArray([]))).toEqual([]);
  });

  test("what does not fit is refused with its index and value", () => {
    expect(() => int8Array([1, 2 ** 53])).toThrow(
      new RangeError("element 1 is 9007199254740992; accepted are safe integers"),
    );
    expect(() => int8Array([2n ** 63n])).toThrow("out of range");
    expect(() => int2Array([1.5])).toThrow(new RangeError("element 0 is 1.5; accepted are whole numbers"));
    expect(() => int2Array([32_768])).toThrow("out of range");
    expect(() => dateArray([Number.NaN])).toThrow(
      new RangeError("element 0 is NaN; accepted are whole numbers of days"),
    );
    expect(() => uuidArray(["4d4f9c5e-0000-4000-8000-00000000000g"])).toThrow(
      new RangeError('element 0 is "4d4f9c5e-0000-4000-8000-00000000000g"; accepted are UUIDs'),
    );
    expect(() => uuidArray(["4d4f"])).toThrow('element 0 is "4d4f"; accepted are UUIDs');
  });
});
