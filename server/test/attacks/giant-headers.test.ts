import { expect, test } from "@jest/globals";
import { ask, attackedServerOfThisFile } from "./attacked-server.ts";
import {
  callHeaders,
  closed,
  END_HEADERS,
  END_STREAM,
  frame,
  header,
  PREFACE,
  rawConnection,
  SETTINGS,
  TYPE,
} from "./http2-frames.ts";

const server = attackedServerOfThisFile();
const TIMES = 50;
/** Nobody else calls it: the metrics do not know it as long as no call of it was let in. */
const METHOD = "/count.v1.CountService/RemoveExpired";
const CALLS = `count_grpc_calls_total{method="${METHOD.slice(1)}",code="INTERNAL"}`;

test("headers of a megabyte over HTTP/1 are answered with 431, and nobody else notices", () =>
  server().during(async (others) => {
    const { web, http } = server().ports;
    const giant = "x".repeat(1_048_576);
    const answered = async (port: number): Promise<string> => {
      const socket = rawConnection(port);
      let answer = "";
      socket.setEncoding("latin1").on("data", (text: string) => {
        answer += text;
      });
      socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\nX-Giant: ${giant}\r\n\r\n`);
      await closed(socket);
      // What is written to a connection that is closed already may break it before the answer is read.
      return answer.slice(0, "HTTP/1.1 431".length);
    };
    const answers = await Promise.all(Array.from({ length: TIMES }, (_, at) => answered(at % 2 === 0 ? web : http)));
    await others();
    expect(answers.filter((answer) => answer !== "" && answer !== "HTTP/1.1 431")).toEqual([]);
    expect((await ask(web, `/api/v1/totals?path=${"x".repeat(20_000)}`)).status).toBe(431);
    expect((await ask(http, `/healthz?${"x".repeat(10_000)}`)).status).toBe(431);
  }));

test("headers of a megabyte over HTTP/2 get their call refused, and nobody else notices", () =>
  server().during(async (others) => {
    const block = Buffer.concat([
      callHeaders(METHOD),
      ...Array.from({ length: 64 }, (_, at) => header(`x-giant-${at}`, "x".repeat(16_000))),
    ]);
    const attack = async () => {
      const socket = rawConnection(server().ports.grpc);
      socket.write(Buffer.concat([PREFACE, SETTINGS, ...cut(block)]));
      // To be refused is enough; the connection of a refused call would stay.
      socket.end();
      await closed(socket);
    };
    await Promise.all(Array.from({ length: TIMES }, attack));
    await others();
    expect(await server().metric(CALLS)).toBeUndefined();
  }));

test("CONTINUATION without end gets its connection closed, and nobody else notices", () =>
  server().during(async (others) => {
    const flood = frame(TYPE.continuation, 0, 1, header("x-flood", "x".repeat(1_000)));
    const attack = async () => {
      const socket = rawConnection(server().ports.grpc);
      socket.write(Buffer.concat([PREFACE, SETTINGS, frame(TYPE.headers, END_STREAM, 1, callHeaders(METHOD))]));
      while (!socket.destroyed && socket.writable) {
        if (!socket.write(flood)) await new Promise((resolve) => socket.once("drain", resolve).once("close", resolve));
      }
      await closed(socket);
    };
    await Promise.all([...Array.from({ length: TIMES }, attack), others()]);
    await others();
    expect(await server().metric(CALLS)).toBeUndefined();
  }));

/** A block of headers as frames of the size that everybody has to take. */
function cut(block: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < block.length; at += 16_384) {
    const flags = at + 16_384 >= block.length ? END_HEADERS : 0;
    frames.push(frame(at === 0 ? TYPE.headers : TYPE.continuation, flags, 1, block.subarray(at, at + 16_384)));
  }
  return frames;
}
