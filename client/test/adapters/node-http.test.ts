import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { count, type NodeHttpOptions } from "../../src/adapters/node-http.ts";
import { until } from "../support/until.ts";
import { echoWebSockets } from "./apps/sockets.ts";
import { closed, listening } from "./support/app.ts";
import { Client, rawSocket, readUntil, talk } from "./support/client.ts";
import { counted } from "./support/counted.ts";
import type { Stage } from "./support/stage.ts";

/** What a server counted that answers 404 below /nothing and 200 elsewhere. */
function countedBy(
  options: NodeHttpOptions,
  run: (server: Server, port: number, client: Client) => Promise<unknown>,
  listener: RequestListener = (incoming, response) => {
    response.writeHead(incoming.url?.startsWith("/nothing") ? 404 : 200).end();
  },
): Promise<Record<string, number>> {
  return counted(async (common, stage: Stage) => {
    const server = createServer(listener);
    const counting = count(server, { ...common, ...options });
    const port = await listening(server);
    stage.onEnd(() => closed(server));
    const client = new Client(port);
    stage.onEnd(() => client.close());
    await run(server, port, client);
    return counting;
  });
}

describe("the adapter for a server without routes", () => {
  test("makes :id of ids in paths, and (unmatched) of what was answered with 404", async () => {
    const counts = await countedBy({}, async (_server, _port, client) => {
      await client.send("GET", "/users/17?x=1");
      await client.send("GET", "/users/018f4c1e-7a52-7cc0-9d2a-3c5a0b6e8f10");
      await client.send("GET", "/users/me");
      await client.send("GET", "/nothing/17");
    });
    expect(counts).toEqual({ "GET /users/:id": 2, "GET /users/me": 1, "GET (unmatched)": 1 });
  });

  test("leaves paths as they are where that is wanted, and asks for a route where one is given", async () => {
    const send = async (_server: Server, _port: number, client: Client): Promise<void> => {
      await client.send("GET", "/users/17");
      await client.send("GET", "/other");
    };
    expect(await countedBy({ normalizeIds: false }, send)).toEqual({ "GET /users/17": 1, "GET /other": 1 });
    const route: NodeHttpOptions["route"] = ({ method, path, request: incoming }) =>
      path.startsWith("/users/") && method === "GET" && incoming?.headers["host"] !== undefined
        ? "/users/:name"
        : undefined;
    expect(await countedBy({ route }, send)).toEqual({ "GET /users/:name": 1, "GET (unmatched)": 1 });
  });

  test("takes the path of an absolute target, and of a target that is none what it has", async () => {
    const counts = await countedBy({}, async (_server, port) => {
      const socket = await rawSocket(
        port,
        [
          "GET http://example.com/a/1?x HTTP/1.1\r\nhost: example.com\r\n\r\n",
          "GET http://example.com HTTP/1.1\r\nhost: example.com\r\n\r\n",
          "OPTIONS * HTTP/1.1\r\nhost: example.com\r\n\r\n",
        ].join(""),
      );
      await readUntil(socket, (text) => text.split("HTTP/1.1 200").length > 3);
      socket.destroy();
    });
    expect(counts).toEqual({ "GET /a/:id": 1, "GET /": 1, "OPTIONS *": 1 });
  });

  test("counts methods that the protocol does not define as OTHER", async () => {
    const counts = await countedBy({}, async (_server, _port, client) => {
      await client.send("PROPFIND", "/a");
      await client.send("TRACE", "/a");
    });
    expect(counts).toEqual({ "OTHER /a": 1, "TRACE /a": 1 });
  });

  test("counts a request with Expect once, with and without a listener that takes it", async () => {
    const send = async (port: number): Promise<void> => {
      const call = request({ port, host: "127.0.0.1", method: "PUT", path: "/a", headers: { expect: "100-continue" } });
      const answered = once(call, "response");
      call.flushHeaders();
      await once(call, "continue");
      call.end("body");
      const [response] = (await answered) as [IncomingMessage];
      response.resume();
      await once(response, "end");
    };
    expect(await countedBy({}, (_server, port) => send(port))).toEqual({ "PUT /a": 1 });
    const taken = await countedBy({}, async (server, port) => {
      server.on("checkContinue", (incoming: IncomingMessage, response) => {
        response.writeContinue();
        server.emit("request", incoming, response);
      });
      await send(port);
    });
    expect(taken).toEqual({ "PUT /a": 1 });
  });

  test("counts upgrades and CONNECT that listeners take, and leaves them to Node where there are none", async () => {
    const counts = await countedBy({}, async (server, port) => {
      const upgrade = "GET /ws/1 HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
      // Without a listener Node answers an upgrade as any request, and closes on CONNECT.
      const ordinary = await rawSocket(port, upgrade);
      expect(await readUntil(ordinary, (text) => text.includes("\r\n\r\n"))).toMatch(/^HTTP\/1.1 200 OK/);
      ordinary.destroy();
      const refused = await rawSocket(port, "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n");
      expect(await readUntil(refused, () => false)).toBe("");
      echoWebSockets(server);
      expect(await talk(port, "/ws/2")).toBe("hello");
      server.on("connect", (_request: IncomingMessage, socket: Socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
      const tunnel = await rawSocket(port, "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n");
      expect(await readUntil(tunnel, () => false)).toMatch(/^HTTP\/1.1 200 OK/);
    });
    expect(counts).toEqual({ "GET /ws/:id": 2, "CONNECT (authority)": 1 });
  });

  test("counts a request whose connection the server itself breaks off", async () => {
    const counts = await countedBy(
      {},
      async (_server, port) => {
        const socket = await rawSocket(port, "GET /a HTTP/1.1\r\nhost: a\r\n\r\n");
        await once(socket.resume(), "close");
      },
      (incoming) => incoming.socket.destroy(),
    );
    expect(counts).toEqual({ "GET /a": 1 });
  });

  test("observes with one listener for each response, and none on the server", async () => {
    const server = createServer();
    const events = server.eventNames();
    const counting = count(server, { target: "127.0.0.1:1" });
    expect(server.eventNames()).toEqual(events);
    let listeners = 0;
    server.on("request", (_incoming, response) => {
      listeners = response.listenerCount("close");
      response.end();
    });
    const client = new Client(await listening(server));
    await client.send("GET", "/");
    await until(() => counting.statistics().open === 0);
    const plain = createServer((_incoming, response) => {
      listeners -= response.listenerCount("close");
      response.end();
    });
    const other = new Client(await listening(plain));
    await other.send("GET", "/");
    expect(listeners).toBe(1);
    client.close();
    other.close();
    await closed(server);
    await closed(plain);
    await counting.close({ limitMs: 0 });
  });
});
