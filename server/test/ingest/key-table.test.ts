import { RefusalReason } from "@count/proto";
import { expect, test } from "@jest/globals";
import { Key, KeyTable } from "../../src/ingest/key-table.ts";
import { Tally } from "../../src/ingest/tally.ts";
import { GET, NOW_BUCKET } from "./ingest-support.ts";

const latin1 = (text: string): string => Buffer.from(text).toString("latin1");

test("One key for each service, method and path, however its path's query is spelled", () => {
  const keys = new KeyTable({ maxPathBytes: 1_024 });
  const key = keys.find(latin1("ü"), GET, latin1("/é"));
  expect(key).toMatchObject({ service: "ü", method: GET, path: "/é", id: undefined });
  for (const spelling of ["/é", "/é?", "/é?a=b", "/é#", `/é?${"x".repeat(5_000)}`]) {
    expect(keys.find(latin1("ü"), GET, latin1(spelling))).toBe(key);
  }
  expect(keys.find("", GET, latin1("/é"))).not.toBe(key);
  expect(keys.find(latin1("ü"), 0, latin1("/é"))).not.toBe(key);
});

test("Different query strings do not push keys out", () => {
  const keys = new KeyTable({ maxPathBytes: 1_024 }, 2);
  const key = keys.find("", GET, "/a");
  for (let i = 0; i < 10; i++) keys.find("", GET, `/a?${i}`);
  expect(keys.find("", GET, "/a")).toBe(key);
});

test("A full table forgets, and finds again what is in use", () => {
  const keys = new KeyTable({ maxPathBytes: 1_024 }, 2);
  const key = keys.find("", GET, "/a");
  keys.find("", GET, "/b");
  expect(keys.find("", GET, "/a")).toBe(key);
  keys.find("", GET, "/c");
  const again = keys.find("", GET, "/a");
  expect(again).toEqual(key);
  expect(again).not.toBe(key);
});

test("What is refused is not remembered", () => {
  const keys = new KeyTable({ maxPathBytes: 4 }, 1);
  const key = keys.find("", GET, "/a");
  expect(keys.find("", GET, "/long")).toEqual({
    reason: RefusalReason.PATH_INVALID,
    message: "path has 5 bytes; accepted are at most 4",
  });
  expect(keys.find("", -1, "/a")).toMatchObject({ reason: RefusalReason.METHOD_UNKNOWN });
  expect(keys.find("\xff", GET, "/a")).toEqual({
    reason: RefusalReason.SERVICE_INVALID,
    message: 'service "�" is not UTF-8; accepted is UTF-8',
  });
  expect(keys.find("", GET, "/a")).toBe(key);
});

test("A tally keeps each (key, bucket) once, beside other tallies of the same keys", () => {
  const [a, b] = [new Key("", GET, "/a"), new Key("", GET, "/b")];
  const [one, two] = [new Tally(), new Tally()];
  for (const tally of [one, two, one]) {
    tally.add(a, NOW_BUCKET, 1);
    tally.add(b, NOW_BUCKET, 10);
    tally.add(a, NOW_BUCKET + 1, 100);
    tally.add(a, NOW_BUCKET, 1_000);
  }
  expect([one.keys, one.buckets, one.counts, one.requests]).toEqual([
    [a, b, a],
    [NOW_BUCKET, NOW_BUCKET, NOW_BUCKET + 1],
    [2_002, 20, 200],
    2_222,
  ]);
  expect([two.keys, two.counts, two.size]).toEqual([[a, b, a], [1_001, 10, 100], 3]);
  one.addAll(two);
  expect(one.counts).toEqual([3_003, 30, 300]);
});

test("A sum that no number holds exactly goes on in a second entry", () => {
  const key = new Key("", GET, "/a");
  const tally = new Tally();
  for (const count of [Number.MAX_SAFE_INTEGER, 1, 1]) tally.add(key, NOW_BUCKET, count);
  expect([tally.keys, tally.counts]).toEqual([
    [key, key],
    [Number.MAX_SAFE_INTEGER, 2],
  ]);
});
