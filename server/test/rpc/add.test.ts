import { create, toBinary } from "@bufbuild/protobuf";
import { AddRequestSchema, Method } from "@count/proto";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { connectDatabase } from "../../src/db/pool-database.ts";
import {
  addMessage,
  databaseOfThisFile,
  Gate,
  hooked,
  NOW_MS,
  stored,
  storedRequests,
} from "../ingest/ingest-support.ts";
import { CuttingProxy } from "../support/cutting-proxy.ts";
import { AddCall, serveCount } from "./count-calls.ts";
import { Wire } from "./grpc-server-support.ts";
import { rawAdd } from "./raw-add.ts";

const db = databaseOfThisFile();
let wire: Wire;
beforeEach(() => {
  wire = new Wire();
});
afterEach(async () => {
  await wire[Symbol.asyncDispose]();
});

/** With a path that is these bytes. */
function rawPath(...bytes: number[]): Buffer {
  const timestamp = Buffer.from(
    toBinary(AddRequestSchema, create(AddRequestSchema, { requestTimestamp: { seconds: BigInt(NOW_MS / 1_000) } })),
  );
  return Buffer.concat([Buffer.from([0x08, 3, 0x12, bytes.length]), Buffer.from(bytes), timestamp]);
}

const long = "/".padEnd(1_025, "x");
const bad: [string, Buffer, string][] = [
  [
    "an unknown method",
    addMessage({ method: 11 }),
    "method 11 is unknown; accepted are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100",
  ],
  ["an empty path", addMessage({ path: "" }), "path is empty; it is required"],
  ["a path that is only a query", addMessage({ path: "?a=1" }), "path is empty; it is required"],
  ["a path that is only a fragment", addMessage({ path: "#a" }), "path is empty; it is required"],
  ["a path over the limit", addMessage({ path: long }), "path has 1025 bytes; accepted are at most 1024"],
  ["a path with NUL", addMessage({ path: "/a\0b" }), 'path "/a\\u0000b" has a NUL; accepted is text without'],
  ["a path that is no UTF-8", rawPath(0x2f, 0xc3), 'path "/�" is not UTF-8; accepted is UTF-8'],
  ["a surrogate in UTF-8", rawPath(0x2f, 0xed, 0xa0, 0x80), 'path "/���" is not UTF-8; accepted is UTF-8'],
  ["an overlong NUL", rawPath(0x2f, 0xc0, 0x80), 'path "/��" is not UTF-8; accepted is UTF-8'],
  ["no timestamp", addMessage({ atMs: undefined }), "request_timestamp is missing; it is required"],
  [
    "a timestamp too far ahead",
    addMessage({ atMs: NOW_MS + 301_000 }),
    "request_timestamp 2026-11-22T12:05:01Z is 301 s ahead; accepted are at most 300 s",
  ],
  [
    "a timestamp too far back",
    addMessage({ atMs: NOW_MS - 86_401_000 }),
    "request_timestamp 2026-11-21T11:59:59Z is older than the 86400 s that are accepted",
  ],
  [
    "a timestamp that is none",
    Buffer.concat([rawPath(0x2f).subarray(0, 5), Buffer.from("1a0a08ffffffffffffffff7f", "hex")]),
    "request_timestamp 9223372036854776000 s since 1970 is no time; accepted are the years 1 to 9999",
  ],
  [
    "a service over the limit",
    addMessage({ service: "x".repeat(1_025) }),
    "service has 1025 bytes; accepted are at most 1024",
  ],
  [
    "bytes that are no message",
    Buffer.from([0xff, 0xff]),
    "the message does not decode; accepted is count.v1.AddRequest",
  ],
];

describe("Add refuses", () => {
  test.each(bad)("%s: what came before it is durable, and nothing after it", async (_, message, why) => {
    const { client, ingest } = await serveCount(wire, db().database, { limits: { maxBehindMs: 86_400_000 } });
    const other = new AddCall(client);
    other.call.write(addMessage({ path: "/other" }));
    const answer = await AddCall.all(client, [
      addMessage({ path: "/before" }),
      addMessage({ path: "/before" }),
      message,
      addMessage({ path: "/after" }),
    ]);
    expect(answer).toBe(`INVALID_ARGUMENT: message 3: ${why}`);
    expect(await stored(db())).toContain("2026-11-22  3 /before: 2");
    other.call.write(addMessage({ path: "/other" }));
    other.call.end();
    expect(await other.answer).toBe("OK");
    expect(await stored(db())).toEqual(["2026-11-22  3 /before: 2", "2026-11-22  3 /other: 2"]);
    expect(ingest.observer.refusals).toHaveLength(1);
  });

  test("the first message, although the stream stays open", async () => {
    const { client } = await serveCount(wire, db().database);
    const add = new AddCall(client);
    add.call.write(addMessage({ path: "" }));
    expect(await add.answer).toBe("INVALID_ARGUMENT: message 1: path is empty; it is required");
  });
});

describe("Add counts", () => {
  test("METHOD_UNSPECIFIED as such, a path without its query and fragment, and each service by itself", async () => {
    const { client } = await serveCount(wire, db().database);
    const answer = await AddCall.all(client, [
      addMessage({ method: 0 }),
      addMessage({ path: "/a?b=c#d" }),
      addMessage({ path: "/a#d?b" }),
      addMessage({ path: `/a?${"x".repeat(2_000)}` }),
      addMessage({ path: "/é", service: "ü" }),
      addMessage({ path: long.slice(0, 1_024), service: "s".repeat(1_024) }),
    ]);
    expect(answer).toBe("OK");
    expect(await stored(db())).toEqual(
      [
        "2026-11-22  0 /a: 1",
        "2026-11-22  3 /a: 3",
        "2026-11-22 ü 3 /é: 1",
        `2026-11-22 ${"s".repeat(1_024)} 3 ${long.slice(0, 1_024)}: 1`,
      ].sort(),
    );
  });

  test("nothing when nothing is sent", async () => {
    const { client } = await serveCount(wire, db().database);
    expect(await AddCall.all(client, [])).toBe("OK");
    expect(await stored(db())).toEqual([]);
  });

  test("a day to its last microsecond, also before 1970", async () => {
    const { client } = await serveCount(wire, db().database);
    const at = (seconds: number, nanos: number, path: string) =>
      Buffer.from(
        toBinary(
          AddRequestSchema,
          create(AddRequestSchema, { method: Method.GET, path, requestTimestamp: { seconds: BigInt(seconds), nanos } }),
        ),
      );
    const midnight = Date.parse("2026-11-22T00:00:00Z") / 1_000;
    const answer = await AddCall.all(client, [
      at(midnight - 1, 999_999_000, "/last"),
      at(midnight - 1, 999_999_999, "/last"),
      at(midnight, 0, "/first"),
      at(midnight, 1_000, "/first"),
      at(-1, 999_999_999, "/1969"),
      at(0, 0, "/1970"),
      at(-86_400, 0, "/1969"),
      at(-86_401, 999_999_999, "/1969"),
      at(-62_135_596_800, 0, "/year-1"),
    ]);
    expect(answer).toBe("OK");
    expect(await stored(db())).toEqual([
      "0001-01-01  3 /year-1: 1",
      "1969-12-30  3 /1969: 1",
      "1969-12-31  3 /1969: 2",
      "1970-01-01  3 /1970: 1",
      "2026-11-21  3 /last: 2",
      "2026-11-22  3 /first: 2",
    ]);
  });

  test("a burst of 100,000 messages on one stream, and ten streams at once", async () => {
    const { port } = await serveCount(wire, db().database);
    const messages = Array.from({ length: 200 }, (_, i) => addMessage({ path: `/${i}` }));
    const burst = Array.from({ length: 100_000 }, (_, i) => messages[i % 200]!);
    expect(await rawAdd(port, burst)).toBe("0 OK");
    expect(await storedRequests(db())).toBe(100_000);
    const streams = Array.from({ length: 10 }, () => rawAdd(port, burst.slice(0, 1_000)));
    expect(await Promise.all(streams)).toEqual(streams.map(() => "0 OK"));
    expect(await stored(db())).toEqual(messages.map((_, i) => `2026-11-22  3 /${i}: 550`).sort());
  });

  test("what two servers meet for the first time in the same instant", async () => {
    const met = new Gate();
    let arrived = 0;
    const both = hooked(db().database, {
      before: async (statement, times) => {
        if (statement !== "insert-methods" || times > 2) return;
        if (++arrived === 2) met.open();
        await met.opened;
      },
    });
    const one = await serveCount(wire, both);
    const two = await serveCount(wire, both);
    const messages = Array.from({ length: 50 }, (_, i) => addMessage({ path: `/${i}` }));
    const answers = [AddCall.all(one.client, messages), AddCall.all(two.client, [...messages].reverse())];
    expect(await Promise.all(answers)).toEqual(["OK", "OK"]);
    expect(await stored(db())).toEqual(messages.map((_, i) => `2026-11-22  3 /${i}: 2`).sort());
  });

  test("what was read of a client that disappears", async () => {
    const { client, ingest } = await serveCount(wire, db().database);
    const add = new AddCall(client);
    add.call.write(addMessage({ path: "/gone" }));
    while ((await storedRequests(db())) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    add.call.cancel();
    expect(await add.answer).toBe("CANCELLED: Cancelled on client");
    expect(await AddCall.all(client, [addMessage({ path: "/there" })])).toBe("OK");
    expect(await stored(db())).toEqual(["2026-11-22  3 /gone: 1", "2026-11-22  3 /there: 1"]);
    expect(ingest.observer.counts).toEqual(["add 1", "add 1"]);
  });
});

describe("Add answers", () => {
  test("only after the commit", async () => {
    const committing = new Gate();
    const goOn = new Gate();
    const held = hooked(db().database, {
      before: async (statement, times) => {
        if (statement !== "commit-flush-1" || times > 1) return;
        committing.open();
        await goOn.opened;
      },
    });
    const { client } = await serveCount(wire, held);
    const add = new AddCall(client);
    add.call.write(addMessage());
    add.call.end();
    await committing.opened;
    // A round trip through the same server.
    const empty = await AddCall.all(client, []);
    expect([empty, add.answered]).toEqual(["OK", false]);
    expect(await stored(db())).toEqual([]);
    goOn.open();
    expect(await add.answer).toBe("OK");
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 1"]);
  });

  test("with the error of a flush that fails, and the next stream is stored", async () => {
    const failing = hooked(db().database, {
      before: (statement, times) => {
        if (statement === "commit-flush-1" && times === 1) throw new Error("broken");
      },
    });
    const { client, ingest } = await serveCount(wire, failing);
    expect(await AddCall.all(client, [addMessage()])).toBe("INTERNAL: broken");
    expect(ingest.observer.failed).toBe(1);
    expect(await AddCall.all(client, [addMessage()])).toBe("OK");
    expect(await stored(db())).toEqual(["2026-11-22  3 /a: 1"]);
  });

  test("after a lost commit answer what was stored, once", async () => {
    await using proxy = await CuttingProxy.before(db().url);
    const database = await connectDatabase({ url: proxy.url });
    wire.defer(() => database.close());
    const { client } = await serveCount(wire, database);
    expect(await AddCall.all(client, [addMessage()])).toBe("OK");
    for (let i = 1; i <= 3; i++) {
      proxy.cutAnswersOf("commit-flush-1", i);
      expect(await AddCall.all(client, [addMessage(), addMessage()])).toBe("OK");
      expect(proxy.toCut).toBe(0);
      expect(await stored(db())).toEqual([`2026-11-22  3 /a: ${1 + 2 * i}`]);
    }
    await wire[Symbol.asyncDispose]();
  });
});

test("A full server stops reading, and goes on when there is room", async () => {
  const committing = new Gate();
  const goOn = new Gate();
  const held = hooked(db().database, {
    before: async (statement, times) => {
      if (statement !== "commit-flush-1" || times > 1) return;
      committing.open();
      await goOn.opened;
    },
  });
  const { client, ingest } = await serveCount(wire, held, { maxWaiting: 10 });
  const add = new AddCall(client);
  add.call.write(addMessage({ path: "/first" }));
  await committing.opened;
  let read = 0;
  const count = ingest.add.bind(ingest);
  ingest.add = (message) => {
    read++;
    return count(message);
  };
  // 3 MB, which is more than the windows and buffers of streams hold together.
  const total = 3_000;
  const padding = "?".padEnd(1_000, "x");
  let accepted = 0;
  for (let i = 0; i < total; i++) add.call.write(addMessage({ path: `/${i % 50}${padding}` }), () => accepted++);
  add.call.end();
  // Another stream's round trips: whatever could be read has been.
  for (let i = 0; i < 20; i++) expect(await AddCall.all(client, [])).toBe("OK");
  expect(ingest.observer.fullness).toEqual([true]);
  expect(read).toBe(10);
  expect(accepted).toBeLessThan(total / 2);
  goOn.open();
  expect(await add.answer).toBe("OK");
  expect(await storedRequests(db())).toBe(total + 1);
});
