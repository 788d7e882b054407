import { Dimension } from "@count/proto";
import { expect, test } from "@jest/globals";
import { checksumOf, pageToken, readPageToken } from "../../../src/totals/query/page-token.ts";
import { type Asked, date, request } from "./query-calls.ts";

const asked: Asked = { startDate: date("2026-11"), endDate: date("2026-11"), groupBy: [Dimension.PATH] };
const checksum = checksumOf(request(asked));
const position = { period: 3, window: 8, after: { path: '/é "', method: 3, service: "svc" } };

test("a token gives back the place that it stands for", () => {
  expect(readPageToken(pageToken(checksum, position), checksum)).toEqual(position);
  const start = { ...position, after: undefined };
  expect(readPageToken(pageToken(checksum, start), checksum)).toEqual(start);
});

test("a token does not change what it belongs to, and everything else does", () => {
  expect(checksumOf(request({ ...asked, pageToken: "x" }))).toBe(checksum);
  for (const other of [{ services: [""] }, { pageSize: 1 }, { rolledUpOnly: true }, { timeZone: "UTC" }]) {
    const token = pageToken(checksumOf(request({ ...asked, ...other })), position);
    expect(() => readPageToken(token, checksum)).toThrow(
      "page_token belongs to another query; everything else must be as it was",
    );
  }
});

test.each(["", "x", "e30", Buffer.from("[1]").toString("base64url"), Buffer.from("null").toString("base64url")])(
  "%j is no token",
  (token) => {
    expect(() => readPageToken(token, checksum)).toThrow(
      "page_token is not a next_page_token; accepted is one as it was answered",
    );
  },
);
