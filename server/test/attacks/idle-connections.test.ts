import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Socket } from "node:net";
import { expect, test } from "@jest/globals";
import { attackedServerOfThisFile } from "./attacked-server.ts";
import { answerPings, closed, PREFACE, rawConnection, SETTINGS } from "./http2-frames.ts";

const server = attackedServerOfThisFile();
const CONNECTIONS = 10_000;
/** What the server has to have left, and more than this process needs besides. */
const OTHER_FILES = 300;
const AT_ONCE = 200;

const openFiles = maxOpenFiles();
const testWhereAllowed = openFiles < CONNECTIONS + OTHER_FILES ? test.skip : test;

/** Node.js has raised the soft limit to the hard one; elsewhere than on Linux nothing tells, and it is tried. */
function maxOpenFiles(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? Infinity);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Opens connections that say so much, and nothing after that. */
async function idle(port: number, connections: number, says: Buffer): Promise<Socket[]> {
  const sockets: Socket[] = [];
  while (sockets.length < connections) {
    const some = Array.from({ length: Math.min(AT_ONCE, connections - sockets.length) }, () => rawConnection(port));
    await Promise.all(some.map((socket) => Promise.race([once(socket, "connect"), closed(socket)])));
    for (const socket of some) {
      answerPings(socket);
      socket.write(says);
    }
    sockets.push(...some);
  }
  return sockets;
}

testWhereAllowed(
  `ten thousand idle connections are no trouble to others (the limit of open files is ${openFiles})`,
  () =>
    server().during(async (others) => {
      const sockets = await idle(server().ports.grpc, CONNECTIONS, Buffer.concat([PREFACE, SETTINGS]));
      await others();
      expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(0);
      expect(await server().metric('count_limited_total{limit="connections"}')).toBe(0);
      for (const socket of sockets) socket.destroy();
      await others();
    }),
);

test("idle connections beyond their number make room for others on the ports of HTTP", () =>
  server().during(async (others) => {
    const { web, http } = server().ports;
    const sockets = [
      ...(await idle(web, 2_500, Buffer.from(""))),
      ...(await idle(web, 100, Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n"))),
      ...(await idle(http, 400, Buffer.from(""))),
    ];
    await others();
    expect(await server().metric('count_limited_total{limit="web_connections"}')).toBeGreaterThan(0);
    expect(await server().metric('count_limited_total{limit="http_connections"}')).toBeGreaterThan(0);
    for (const socket of sockets) socket.destroy();
  }));
