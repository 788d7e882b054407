import { once } from "node:events";
import { create, toBinary } from "@bufbuild/protobuf";
import { AddRequestSchema } from "@count/proto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { attackedServerOfThisFile } from "./attacked-server.ts";
import {
  callHeaders,
  END_HEADERS,
  END_STREAM,
  frame,
  grpcMessage,
  PREFACE,
  rawConnection,
  SETTINGS,
  TYPE,
} from "./http2-frames.ts";
import { fuzzing, LIMIT_MS, mutated } from "./mutations.ts";

const server = attackedServerOfThisFile();

/** Sends bytes, says that there are no more, and reads until the other side has closed too. */
async function exchange(port: number, bytes: Uint8Array): Promise<string> {
  const socket = rawConnection(port);
  let answer = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    answer += text;
  });
  socket.end(bytes);
  if (!socket.closed) await once(socket, "close");
  return answer;
}

const message = grpcMessage(toBinary(AddRequestSchema, create(AddRequestSchema, { path: "/fuzz", service: "fuzz" })));
const CALL = Buffer.concat([
  PREFACE,
  SETTINGS,
  frame(TYPE.headers, END_HEADERS, 1, callHeaders("/count.v1.CountService/Add")),
  frame(TYPE.data, 0, 1, message),
  frame(TYPE.data, END_STREAM, 1, message),
]);
const TWO_CALLS = Buffer.concat([
  CALL,
  frame(TYPE.headers, END_HEADERS, 3, callHeaders("/count.v1.CountService/Record", { "grpc-timeout": "1S" })),
  frame(TYPE.data, END_STREAM, 3, message),
  frame(TYPE.reset, 0, 1, Buffer.alloc(4)),
]);

test(
  "whatever comes as HTTP/2 ends its own connection at most",
  () =>
    server().during(async (others) => {
      await fc.assert(
        fc.asyncProperty(mutated(CALL, TWO_CALLS), async (bytes) => {
          await exchange(server().ports.grpc, bytes);
        }),
        fuzzing(400),
      );
      await others();
    }),
  LIMIT_MS,
);

const REQUESTS = [
  "GET /api/v1/totals?from=2026-11&to=2026-11-25&by=service&by=path&granularity=day&path=%2Ffuzz HTTP/1.1\r\nHost: localhost\r\nAccept: text/csv\r\n\r\n",
  'GET / HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\nIf-None-Match: "a"\r\n\r\n',
  "GET /openapi.json HTTP/1.0\r\nHost: localhost\r\n\r\n",
  'POST /count.v1.CountService/QueryTotals HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnect-Protocol-Version: 1\r\nContent-Length: 67\r\n\r\n{"startDate":{"year":2026},"endDate":{"year":2026},"services":["a"]}',
  "POST /count.v1.CountService/Add HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/connect+json\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n\0\0\0\0\x02{}\r\n0\r\n\r\n",
  'POST /session HTTP/1.1\r\nHost: localhost\r\nCount-Request: page\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"token":"x"}',
  "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\nGET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
].map((text) => Buffer.from(text, "latin1"));

test(
  "whatever comes as HTTP/1 is answered for what it is, or not at all, and nobody else notices",
  () =>
    server().during(async (others) => {
      const { web, http } = server().ports;
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(web, http), mutated(...REQUESTS), async (port, bytes) => {
          const answer = await exchange(port, bytes);
          expect(answer).toMatch(/^(?:$|HTTP\/1\.1 (?:[1234]\d\d|501|503|505) )/);
        }),
        fuzzing(400),
      );
      await others();
    }),
  LIMIT_MS,
);
