import { expect, test } from "@jest/globals";
import type { Database } from "../../src/db/database.ts";
import { CountError } from "../../src/domain/count-error.ts";
import { MethodNames } from "../../src/totals/method-names.ts";

/** Knows the methods 1 to `count`, and what it was asked for. */
function methodsOf(count: number): { database: Pick<Database, "run">; asked: string[][] } {
  const asked: string[][] = [];
  const run = async <Row>(_: unknown, [ids]: readonly unknown[]): Promise<Row[]> => {
    asked.push(ids as string[]);
    return (ids as string[])
      .filter((id) => Number(id) <= count)
      .map((id) => ({ id: BigInt(id), service: "s", method: 3, path: `/${id}` }) as Row);
  };
  return { database: { run }, asked };
}

function named(...ids: string[]): Map<string, object> {
  return new Map(ids.map((id) => [id, { service: "s", method: 3, path: `/${id}` }]));
}

test("A method is asked for once, and the same object from then on", async () => {
  const { database, asked } = methodsOf(10);
  const names = new MethodNames(database);
  const first = await names.of(["1", "2", "2", "1"]);
  expect(first).toEqual(named("1", "2"));
  expect(await names.of(["2", "3"])).toEqual(named("2", "3"));
  expect((await names.of(["1"])).get("1")).toBe(first.get("1"));
  expect(asked).toEqual([["1", "2"], ["3"]]);
});

test("Nothing is asked when there are no ids", async () => {
  const { database, asked } = methodsOf(10);
  expect(await new MethodNames(database).of([])).toEqual(new Map());
  expect(asked).toEqual([]);
});

test("What is over the bound is forgotten, the oldest first, and still answered", async () => {
  const { database, asked } = methodsOf(10);
  const names = new MethodNames(database, { maxMethods: 2 });
  expect(await names.of(["1", "2", "3"])).toEqual(named("1", "2", "3"));
  expect(await names.of(["2", "3"])).toEqual(named("2", "3"));
  expect(await names.of(["1"])).toEqual(named("1"));
  expect(asked).toEqual([["1", "2", "3"], ["1"]]);
});

test("Nothing is remembered with a bound of 0", async () => {
  const { database, asked } = methodsOf(10);
  const names = new MethodNames(database, { maxMethods: 0 });
  expect(await names.of(["1"])).toEqual(named("1"));
  expect(await names.of(["1"])).toEqual(named("1"));
  expect(asked).toEqual([["1"], ["1"]]);
});

test("Many ids are asked for in several statements", async () => {
  const { database, asked } = methodsOf(25_000);
  const ids = Array.from({ length: 25_000 }, (_, at) => String(at + 1));
  expect((await new MethodNames(database).of(ids)).size).toBe(25_000);
  expect(asked.map(({ length }) => length)).toEqual([10_000, 10_000, 5_000]);
});

test("An id that has no method is a fault", async () => {
  const { database } = methodsOf(10);
  await expect(new MethodNames(database).of(["3", "77"])).rejects.toEqual(
    new CountError("internal", "method_id 77 is not in count.methods"),
  );
});
