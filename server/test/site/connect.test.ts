import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { type ConnectTransportOptions, compressionGzip, createConnectTransport } from "@connectrpc/connect-node";
import { AddRequestSchema, CountService, Method } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import { withRealSite } from "./real-site.ts";

const DAY = { year: 2026, month: 11, day: 23 };

function requests(path: string, count: number) {
  const requestTimestamp = timestampFromDate(new Date("2026-11-23T10:00:00Z"));
  return (async function* () {
    for (let at = 0; at < count; at++) {
      yield create(AddRequestSchema, { method: Method.GET, path, requestTimestamp, service: "shop" });
    }
  })();
}

describe("count.v1 by the protocol of Connect", () => {
  const withService = (use: (url: string) => Promise<void>) => withRealSite(({ url }) => use(url));

  test.each([false, true])("counts, rolls up and reads (binary: %s)", (useBinaryFormat) =>
    withService(async (baseUrl) => {
      const path = `/connect/${useBinaryFormat}`;
      const transport = createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat, useHttpGet: true });
      const client = createClient(CountService, transport);
      await client.add(requests(path, 3));
      const { methodCounts } = await client.countDailyTotals({ date: DAY });
      expect(methodCounts).toMatchObject([{ method: Method.GET, path, service: "shop", count: 3n, date: DAY }]);
      const listed = await client.listDailyTotals({ startDate: DAY, endDate: DAY });
      expect(listed.methodCounts.filter((row) => row.path === path)).toMatchObject([{ count: 3n }]);
    }),
  );

  test("takes JSON by POST, and by GET what has no side effects", () =>
    withService(async (url) => {
      const post = await fetch(`${url}/count.v1.CountService/GetPeriodTotals`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ period: { year: 2025 } }),
      });
      expect([post.status, await post.json()]).toEqual([
        404,
        {
          code: "not_found",
          message:
            "no totals between 2025-01-01 and 2025-12-31: only what was rolled up (CountDailyTotals) is listed, unless include_pending is set",
        },
      ]);
      const message = encodeURIComponent(JSON.stringify({ startDate: DAY, endDate: { ...DAY, day: 31 } }));
      const get = await fetch(
        `${url}/count.v1.CountService/ListDailyTotals?connect=v1&encoding=json&message=${message}`,
      );
      expect([get.status, await get.json()]).toEqual([
        400,
        { code: "invalid_argument", message: "end_date: day 31 is not 1 to 30 in 2026-11" },
      ]);
      const effect = await fetch(`${url}/count.v1.CountService/CountDailyTotals?connect=v1&encoding=json&message={}`);
      expect(effect.status).toBe(405);
    }));

  test("refuses a message over the limit, also one that is small on the wire, and counts none of it", () =>
    withService(async (baseUrl) => {
      const add = (options: Pick<ConnectTransportOptions, "sendCompression" | "compressMinBytes">) =>
        createClient(CountService, createConnectTransport({ baseUrl, httpVersion: "1.1", ...options }))
          .add(requests("x".repeat(2_000), 1))
          .then(
            () => "answered",
            (error: unknown) => ConnectError.from(error).code,
          );
      expect(await add({})).toBe(Code.ResourceExhausted);
      // Connect asks whether zlib's error is an Error, which it is not where jest has an Error of its own.
      const packed = await add({ sendCompression: compressionGzip, compressMinBytes: 0 });
      expect([Code.ResourceExhausted, Code.Internal]).toContain(packed);
      const client = createClient(CountService, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
      expect((await client.countDailyTotals({ date: DAY })).methodCounts).toEqual([]);
    }));

  test("tells of a refused message as Add does, after what came before it is stored", () =>
    withService(async (baseUrl) => {
      const client = createClient(CountService, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
      const bad = async function* () {
        yield* requests("/before", 1);
        yield create(AddRequestSchema, { method: Method.GET, path: "/x" });
      };
      const refused = ConnectError.from(await client.add(bad()).catch((error: unknown) => error));
      expect([refused.code, refused.rawMessage]).toEqual([
        Code.InvalidArgument,
        expect.stringMatching(/^message 2: .*request_timestamp/),
      ]);
      const { methodCounts } = await client.countDailyTotals({ date: DAY });
      expect(methodCounts).toMatchObject([{ path: "/before", count: 1n }]);
    }));

  test("leaves Record to gRPC", () =>
    withService(async (url) => {
      const response = await fetch(`${url}/count.v1.CountService/Record`, {
        method: "POST",
        headers: { "Content-Type": "application/connect+json" },
        body: "",
      });
      expect(response.status).toBe(505);
    }));
});
