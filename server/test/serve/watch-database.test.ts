import { describe, expect, test } from "@jest/globals";
import { Readiness } from "../../src/serve/readiness.ts";
import { watchDatabase } from "../../src/serve/watch-database.ts";

describe("watchDatabase", () => {
  test("takes readiness back while the database does not answer", async () => {
    const abort = new AbortController();
    const seen: (readonly string[])[] = [];
    const answers = [true, false, false, true];
    const readiness = new Readiness((reasons) => {
      seen.push(reasons);
      if (answers.length === 0) abort.abort();
    });
    readiness.set("start", undefined);
    await watchDatabase(
      {
        ping: async () => {
          if (answers.shift() === false) throw new Error("nobody there");
        },
      },
      readiness,
      abort.signal,
      { intervalMs: 1 },
    );
    expect(seen).toEqual([[], ["the database does not answer: nobody there"], []]);
  });

  test("says nothing of a ping that ended because it was told to stop", async () => {
    const abort = new AbortController();
    const readiness = new Readiness(() => undefined);
    readiness.set("start", undefined);
    await watchDatabase(
      {
        ping: async () => {
          abort.abort();
          throw new Error("stopped");
        },
      },
      readiness,
      abort.signal,
    );
    expect(readiness.reasons).toEqual([]);
  });
});

describe("readiness", () => {
  test("is gone for good once the server drains", () => {
    const readiness = new Readiness(() => undefined);
    readiness.set("drain", "Count is stopping");
    readiness.set("drain", undefined);
    expect(readiness.reasons).toEqual(["Count is starting", "Count is stopping"]);
  });
});
