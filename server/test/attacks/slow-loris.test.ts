import { once } from "node:events";
import type { Socket } from "node:net";
import { expect, test } from "@jest/globals";
import { attackedServerOfThisFile } from "./attacked-server.ts";
import { callHeaders, closed, frame, PREFACE, rawConnection, SETTINGS, TYPE } from "./http2-frames.ts";

const server = attackedServerOfThisFile();
const CONNECTIONS = 300;

/** So many connections that send the beginning of something, and then a byte now and then. */
async function dripping(port: number, beginning: string | Buffer, drip: string): Promise<Socket[]> {
  const sockets = Array.from({ length: CONNECTIONS }, () => rawConnection(port));
  await Promise.all(
    sockets.map(async (socket) => {
      await once(socket, "connect");
      socket.write(beginning);
      const timer = setInterval(() => socket.write(drip), 1_000);
      socket.once("close", () => clearInterval(timer));
    }),
  );
  return sockets;
}

test("connections that send their beginning byte by byte are cut off on every port, and nobody else notices", () =>
  server().during(async (others) => {
    const { grpc, web, http } = server().ports;
    const sockets = await Promise.all([
      dripping(grpc, "", ""),
      dripping(grpc, "P", ""),
      dripping(grpc, PREFACE.subarray(0, 10), ""),
      dripping(web, "GET / HTTP/1.1\r\nHost: localhost\r\n", "X-Slow: 1\r\n"),
      dripping(web, "", ""),
      dripping(
        web,
        "POST /count.v1.CountService/QueryTotals HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n",
        "X: 1\r\n",
      ),
      dripping(http, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n", "X-Slow: 1\r\n"),
    ]);
    await others();
    await Promise.all(sockets.flat().map(closed));
    await others();
  }));

test("headers that never end, and calls that never send, hold up nobody else", () =>
  server().during(async (others) => {
    const headers = callHeaders("/count.v1.CountService/Record");
    const half = frame(TYPE.headers, 0, 1, headers);
    const silent = frame(TYPE.headers, 4, 1, headers);
    const sockets = [
      ...(await dripping(server().ports.grpc, Buffer.concat([PREFACE, SETTINGS, half]), "")),
      ...(await dripping(server().ports.grpc, Buffer.concat([PREFACE, SETTINGS, silent]), "")),
    ];
    await others();
    await others();
    expect(sockets).toHaveLength(2 * CONNECTIONS);
    for (const socket of sockets) socket.destroy();
  }));
